"""Measurements beside what people would use instead; `make bench` prints a table and writes results.json."""
