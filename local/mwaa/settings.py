"""What the server is told, in its environment, by `make up`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (pydantic reads the annotation)

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """The environment that is served, and where its Airflow is."""

    mwaa_environment: str
    """Its name: the loop's."""
    mwaa_port: int
    """Where this server listens."""
    mwaa_bucket: str
    """The bucket in MWAA's layout."""
    mwaa_airflow_url: str
    """Airflow's API server."""
    airflow_home: Path
    """Where Airflow's password, start-up script and configuration are."""
    run_id: str
    """What tells this folder's servers from any other's."""
