"""Simulated visitors, who send reviews to the public API and give feedback on its predictions."""
