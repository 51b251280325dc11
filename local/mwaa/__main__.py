"""`python -m local.mwaa`: serve until SIGTERM."""

import uvicorn

from local.mwaa.airflow import Airflow
from local.mwaa.app import make_app
from local.mwaa.settings import Settings
from local.ports import HOST


def main() -> None:
    """Serve the API to this machine only."""
    settings = Settings()
    app = make_app(settings, Airflow(settings.mwaa_airflow_url, settings.airflow_home))
    uvicorn.run(app, host=HOST, port=settings.mwaa_port, access_log=False, timeout_graceful_shutdown=5)


if __name__ == "__main__":
    main()
