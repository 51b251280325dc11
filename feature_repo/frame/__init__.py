"""The training frame: which rows a model learns from, and its frozen copy."""
