"""A real Airflow on this machine, with what an MWAA environment would be given: the bundle in the bucket."""
