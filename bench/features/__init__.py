"""Benchmarks of the feature store."""
