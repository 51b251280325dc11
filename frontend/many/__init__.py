"""Predictions of a whole file: reading it, predicting it in the background, and files of what came out."""
