"""Handler of the retrain function."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from lambdas.retrain.connection import airflow
from lambdas.retrain.errors import InvalidRequestError, MissingRunError, RetrainError
from lambdas.retrain.progress import FIELD, Question, progress
from lambdas.retrain.settings import Settings
from lambdas.retrain.trigger import Request, trigger
from lambdas.shared.environment import from_environment
from lambdas.shared.pushing import counted
from sentiment.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping

_log = logging.getLogger("lambdas.retrain")
logging.getLogger("lambdas").setLevel(logging.INFO)  # the runtime's own level is WARNING
_settings = from_environment(Settings)


def _retrain(event: object, _context: object) -> dict[str, Any]:
    """Start a run, or return the one to wait for, or how far one is; errors have the shape of the API's errors."""
    try:
        if isinstance(event, dict) and FIELD in event:
            return dict(progress(Question.from_event(event), airflow(_settings)))
        request = Request.from_event(event)
        answer = trigger(request, airflow(_settings), cooldown_s=_settings.cooldown_s, now=utc_now)
    except RetrainError as error:
        _log.warning("not done: %s: %s", error.code, error)
        return {"error": {"code": error.code, "message": str(error)}}
    _log.info("%s: %s, for %s", answer["state"], answer["run_id"], request.requested_by)
    return dict(answer)


def _status_of(answer: Mapping[str, Any]) -> HTTPStatus:
    if "error" not in answer:
        return HTTPStatus.OK
    return _STATUSES.get(answer["error"]["code"], HTTPStatus.SERVICE_UNAVAILABLE)


_STATUSES = {
    InvalidRequestError.code: HTTPStatus.UNPROCESSABLE_ENTITY,
    MissingRunError.code: HTTPStatus.NOT_FOUND,
}


handler = counted(_retrain, function="retrain", pushgateway_url=_settings.pushgateway_url, status_of=_status_of)
