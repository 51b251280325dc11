"""A real Airflow on this machine, run from the bundle in the bucket as an MWAA environment would be."""
