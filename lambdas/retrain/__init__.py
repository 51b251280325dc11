"""Starts retraining runs in Airflow, one at a time, through the MWAA API."""
