-- Beside Airflow's database, which PostgreSQL's image creates.
CREATE DATABASE mlflow;
