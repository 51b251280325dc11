"""Keeps every prediction and every feedback in the lake, counts them for the monitor, and offers some to reviewers."""
