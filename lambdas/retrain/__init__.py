"""The function that starts a retraining run in Airflow, one at a time, through the MWAA API."""
