"""A DAG that cannot be loaded."""

from airflow.sdk import dag

raise RuntimeError(f"broken on purpose; Airflow only loads files that mention {dag}")
