"""Retraining: nine steps, declared in `steps`, run by the command line and by Airflow alike."""
