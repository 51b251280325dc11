"""The web framework of the functions behind the API: errors, limits, and events of the gateway."""
