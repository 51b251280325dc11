"""The loop's servers on one machine: an emulator of AWS, MLflow and Airflow, each supervised."""
