"""The flows that Airflow runs."""
