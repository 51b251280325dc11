"""The offline store: features as they were known at the time, from DuckDB, Ray or Athena."""
