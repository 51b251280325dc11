"""Which version is in production and how it came there: MLflow, the pointer, the audit log."""
