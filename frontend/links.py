"""Links to the pages of other servers, which a browser may be sent to."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

DAG_PAGE = "/dags/fast_retrain_dag"


def public(url: str) -> str | None:
    """Return an address that may be shown: by HTTP, and without a user's name or password; None for another one."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        return None
    return url.rstrip("/")


def airflow_run(url: str, run_id: str) -> str | None:
    """Return the address of a run's page in Airflow; None if there is none to show."""
    base = public(url)
    return base and f"{base}{DAG_PAGE}/runs/{quote(run_id, safe='')}"


def airflow_dag(url: str) -> str | None:
    """Return the address of the DAG's page in Airflow; None if there is none to show."""
    base = public(url)
    return base and f"{base}{DAG_PAGE}"


def mlflow_version(url: str, version: str) -> str | None:
    """Return the address of a version's page in MLflow; None if there is none to show."""
    base = public(url)
    return base and f"{base}/#/models/sentiment/versions/{quote(version, safe='')}?workflowType=machine_learning"
