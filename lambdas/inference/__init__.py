"""Judges reviews, stores what it answered, and serves the API's documentation."""
