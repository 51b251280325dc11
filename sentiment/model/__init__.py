"""The model: from a text to features to a probability, its training, its artifact."""
