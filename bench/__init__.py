"""Measurements beside what people would use instead. `make bench` runs all, prints a table, writes results.json."""
