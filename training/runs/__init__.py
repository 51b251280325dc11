"""One tracked run: a candidate trained, evaluated and recorded in MLflow."""
