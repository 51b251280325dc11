"""The MWAA API in front of the Airflow on this machine, as AWS serves it in front of an environment."""
