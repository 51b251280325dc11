"""The operator's commands, on every target."""
