"""Handler of the retrain function."""

from __future__ import annotations

import logging
import time
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lambdas.retrain import mwaa
from lambdas.retrain.cli import CliAirflow
from lambdas.retrain.errors import RetrainError, UnreachableError
from lambdas.retrain.rest import RestAirflow
from lambdas.retrain.settings import Settings
from lambdas.retrain.trigger import Request, trigger
from lambdas.shared.environment import from_environment
from sentiment.clock import utc_now

if TYPE_CHECKING:
    from mypy_boto3_mwaa import MWAAClient

    from lambdas.retrain.airflow import Airflow

_log = logging.getLogger("lambdas.retrain")
logging.getLogger("lambdas").setLevel(logging.INFO)  # the runtime's own level is WARNING
_settings = from_environment(Settings)


@cache
def _client() -> MWAAClient:
    return mwaa.client(_settings.aws_endpoint_url_mwaa or None)


def handler(event: object, _context: object) -> dict[str, Any]:
    """Start a run, or return the one to wait for; errors have the shape of the API's errors."""
    try:
        request = Request.from_event(event)
        answer = trigger(request, _airflow(), cooldown_s=_settings.cooldown_s, now=utc_now)
    except RetrainError as error:
        _log.warning("not started: %s: %s", error.code, error)
        return {"error": {"code": error.code, "message": str(error)}}
    _log.info("%s: %s, for %s", answer["state"], answer["run_id"], request.requested_by)
    return dict(answer)


def _airflow() -> Airflow:
    give_up_at = time.monotonic() + mwaa.DEADLINE_S[_settings.mwaa_trigger]

    def check_time() -> None:
        if time.monotonic() > give_up_at:
            raise UnreachableError("Airflow answers too slowly, and no run was started. Try again.")

    if _settings.mwaa_trigger == "rest":
        return RestAirflow(_settings.mwaa_environment, _client(), check_time)
    scheme = urlsplit(_settings.aws_endpoint_url_mwaa).scheme or "https"
    return CliAirflow(_settings.mwaa_environment, _client(), check_time, scheme=scheme)
