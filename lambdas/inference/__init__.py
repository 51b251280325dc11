"""Predicts reviews, stores the predictions, and serves the API's documentation."""
