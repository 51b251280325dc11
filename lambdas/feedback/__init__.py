"""Records feedback: whether a prediction was right."""
