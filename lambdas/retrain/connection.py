"""The Airflow that a function's settings name."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lambdas.retrain import mwaa
from lambdas.retrain.cli import CliAirflow
from lambdas.retrain.errors import UnreachableError
from lambdas.retrain.rest import RestAirflow

if TYPE_CHECKING:
    from mypy_boto3_mwaa import MWAAClient

    from lambdas.retrain.airflow import Airflow
    from lambdas.retrain.settings import Settings


def airflow(settings: Settings) -> Airflow:
    """Return the Airflow for one request, which ends with an error rather than after the function's timeout."""
    give_up_at = time.monotonic() + mwaa.DEADLINE_S[settings.mwaa_trigger]

    def check_time() -> None:
        if time.monotonic() > give_up_at:
            raise UnreachableError("Airflow answers too slowly, and no run was started. Try again.")

    client = _client(settings.aws_endpoint_url_mwaa)
    if settings.mwaa_trigger == "rest":
        return RestAirflow(settings.mwaa_environment, client, check_time)
    scheme = urlsplit(settings.aws_endpoint_url_mwaa).scheme or "https"
    return CliAirflow(settings.mwaa_environment, client, check_time, scheme=scheme)


@cache
def _client(endpoint: str) -> MWAAClient:
    return mwaa.client(endpoint or None)
