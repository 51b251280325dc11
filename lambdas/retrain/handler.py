"""Entry of the retrain function."""

from __future__ import annotations

import logging
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from lambdas.retrain import mwaa
from lambdas.retrain.errors import RetrainError, UnreachableError
from lambdas.retrain.request import Request
from lambdas.retrain.rest import RestAirflow
from lambdas.retrain.settings import Settings
from lambdas.retrain.trigger import trigger
from sentiment.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_mwaa import MWAAClient

DEADLINE_S = 20.0
"""After it no call is begun; one that was begun takes `mwaa.LONGEST_CALL_S` at most."""

_log = logging.getLogger("lambdas.retrain")
logging.getLogger("lambdas").setLevel(logging.INFO)  # the runtime's own level is WARNING
_settings = Settings.from_environment()


@cache
def _client() -> MWAAClient:
    return mwaa.client(_settings.endpoint)


def handler(event: object, _context: object) -> dict[str, Any]:
    """Start a run, or say of which one the caller should wait for the end; an error is said in the API's form."""
    try:
        request = Request.from_event(event)
        airflow = RestAirflow(_settings.environment, _client(), _until(time.monotonic() + DEADLINE_S))
        answer = trigger(request, airflow, cooldown_s=_settings.cooldown_s, now=utc_now)
    except RetrainError as error:
        _log.warning("not started: %s: %s", error.code, error.message)
        return {"error": {"code": error.code, "message": error.message}}
    _log.info("%s: %s, for %s", answer["state"], answer["run_id"], request.requested_by)
    return dict(answer)


def _until(give_up_at: float) -> Callable[[], None]:
    def check_time() -> None:
        if time.monotonic() > give_up_at:
            raise UnreachableError(f"Airflow answers too slowly: nothing was started within {DEADLINE_S:.0f} s.")

    return check_time
