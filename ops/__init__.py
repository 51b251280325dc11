"""What an operator types, on any target."""
