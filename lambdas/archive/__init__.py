"""Keeps every prediction and every feedback in the lake, and counts them for the monitor."""
