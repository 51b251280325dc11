"""The MWAA API in front of the Airflow on this machine: what AWS serves in front of an environment."""
