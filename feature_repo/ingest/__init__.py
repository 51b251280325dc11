"""How reviews and feedback become parquet partitions of the lake."""
