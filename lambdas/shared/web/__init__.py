"""What the functions behind the API share: errors, limits, and the way in from the gateway."""
