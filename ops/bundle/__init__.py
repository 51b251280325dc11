"""The bundle that Airflow runs, in MWAA's layout, and its bucket."""

from ops.bundle.publish import publish

__all__ = ["publish"]
