"""The server's settings, environment variables that `make up` sets."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (pydantic reads the annotation)

from pydantic_settings import BaseSettings

from local.ports import HOST


class Settings(BaseSettings):
    """The environment that is served, and its Airflow."""

    mwaa_environment: str
    """Its name, which is the loop's."""
    mwaa_host: str = HOST
    """The address that this server listens on."""
    mwaa_port: int
    """The port that this server listens on."""
    mwaa_names: str = ""
    """Host names by which it may be called besides those of this machine, separated by spaces."""
    mwaa_bucket: str
    """The bucket with the bundle."""
    mwaa_airflow_url: str
    """The URL of Airflow's API server."""
    mwaa_airflow_page_url: str = ""
    """The URL of its pages in a browser; empty for the same."""
    airflow_home: Path
    """The folder with Airflow's password, start-up script and configuration."""
    run_id: str
    """The id that tells this folder's servers from others."""

    @property
    def airflow_page_url(self) -> str:
        """The URL of Airflow's pages in a browser."""
        return self.mwaa_airflow_page_url or self.mwaa_airflow_url
