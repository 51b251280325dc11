"""The server's settings, environment variables that `make up` sets."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (pydantic reads the annotation)

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """The environment that is served, and its Airflow."""

    mwaa_environment: str
    """Its name, which is the loop's."""
    mwaa_port: int
    """The port that this server listens on."""
    mwaa_bucket: str
    """The bucket with the bundle."""
    mwaa_airflow_url: str
    """The URL of Airflow's API server."""
    airflow_home: Path
    """The folder with Airflow's password, start-up script and configuration."""
    run_id: str
    """The id that tells this folder's servers from others."""
