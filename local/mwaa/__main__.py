"""`python -m local.mwaa`: serve until SIGTERM."""

import uvicorn

from local.mwaa.airflow import Airflow
from local.mwaa.app import make_app
from local.mwaa.settings import Settings


def main() -> None:
    """Serve the API."""
    settings = Settings()
    app = make_app(settings, Airflow(settings.mwaa_airflow_url, settings.airflow_home))
    uvicorn.run(app, host=settings.mwaa_host, port=settings.mwaa_port, access_log=False, timeout_graceful_shutdown=5)


if __name__ == "__main__":
    main()
