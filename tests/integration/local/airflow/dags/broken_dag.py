"""Cannot be loaded."""

from airflow.sdk import dag

raise RuntimeError(f"this file is broken on purpose, and has {dag} in it, without which Airflow would not look")
