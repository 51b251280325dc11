"""Feast's offline stores: features as they were known at a time, by DuckDB, Ray or Athena."""
