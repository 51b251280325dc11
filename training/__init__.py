"""The domain put to work against MLflow and S3."""
