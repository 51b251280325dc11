"""Takes feedback: whether a prediction was right."""
