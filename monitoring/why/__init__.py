"""Why the predictions of one time differ from those of another."""
