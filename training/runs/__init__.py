"""One tracked run: a candidate trained, scored and recorded in MLflow."""
