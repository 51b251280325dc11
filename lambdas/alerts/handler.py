"""Handler of the alerts function: `POST /alerts`, which Alertmanager calls while an alert fires.

200 says that the alert needs no further call, because a run was started, is active or was started lately. Alertmanager
calls again after a 503, and not after a 4xx.
"""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from lambdas.alerts.caller import check_caller
from lambdas.alerts.errors import RefusedRequestError
from lambdas.alerts.notification import body_of, retraining_alerts
from lambdas.alerts.settings import Settings
from lambdas.retrain.connection import airflow
from lambdas.retrain.errors import RetrainError
from lambdas.retrain.trigger import Request, trigger
from lambdas.shared import aws
from lambdas.shared.environment import from_environment
from lambdas.shared.gateway_calls import resource_of, status_of
from lambdas.shared.loop_secret import LoopSecret
from lambdas.shared.pushing import counted
from sentiment.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST_NAMES = 3
_log = logging.getLogger("lambdas.alerts")
logging.getLogger("lambdas").setLevel(logging.INFO)  # the runtime's own level is WARNING
_settings = from_environment(Settings)
_secret = LoopSecret(_settings.rater_key_secret, aws.secrets_manager)


def _alerts(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Start a run for the alerts that ask for one; errors have the shape of the API's errors."""
    status, content = _answer(event)
    return {
        "statusCode": int(status),
        "headers": {
            "content-type": "application/json",
            "x-request-id": str((event.get("requestContext") or {}).get("requestId", "")),
        },
        "body": json.dumps(content),
    }


def _answer(event: Mapping[str, Any]) -> tuple[HTTPStatus, Mapping[str, Any]]:
    try:
        check_caller(event.get("headers") or {}, _secret.alerts_token)
        names = retraining_alerts(body_of(event))
        if not names:
            return HTTPStatus.OK, {"state": "ignored", "message": "No alert fires that asks for a retraining."}
        request = Request(requested_by=_asking(names))
        answer = trigger(request, airflow(_settings), cooldown_s=_settings.cooldown_s, now=utc_now)
    except RefusedRequestError as error:
        return _error(error.status, error.code, str(error))
    except aws.AwsError as error:
        return _error(HTTPStatus.SERVICE_UNAVAILABLE, "secret_unavailable", aws.error_code(error))
    except RetrainError as error:
        return _error(HTTPStatus.SERVICE_UNAVAILABLE, error.code, str(error))
    _log.info("%s: %s, for %s", answer["state"], answer["run_id"], request.requested_by)
    return HTTPStatus.OK, answer


def _asking(names: Sequence[str]) -> str:
    """Return who asks for a run, as Airflow shows it: QualityFell must not hide behind Drift."""
    others = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"alert {', '.join(names[:_MOST_NAMES])}{others}"


def _error(status: HTTPStatus, code: str, message: str) -> tuple[HTTPStatus, Mapping[str, Any]]:
    _log.warning("not started: %s: %s", code, message)
    return status, {"error": {"code": code, "message": message}}


handler = counted(
    _alerts,
    function="alerts",
    pushgateway_url=_settings.pushgateway_url,
    status_of=status_of,
    route_of=resource_of,
)
