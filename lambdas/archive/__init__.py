"""Keeps every prediction and every feedback in the lake."""
