"""Prometheus and the servers around it: where they come from, how they are configured, how they run on one machine."""
