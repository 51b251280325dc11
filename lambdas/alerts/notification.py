"""A notification of Alertmanager's, version 4 of its webhook: which alerts fire that ask for a retraining."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from lambdas.alerts.errors import RefusedRequestError, TooLargeError
from sentiment.schemas.alerts import RETRAIN, RETRAIN_LABEL

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BODY_BYTES = 256 * 1024
"""Alertmanager is told to send 20 alerts at most, of a few kilobytes each."""
_BASE64_EXCESS = 4 / 3
_VERSION = "4"
_STATES = ("firing", "resolved")
_MAX_NAME = 60


def body_of(event: Mapping[str, Any]) -> bytes:
    """Return the body of a gateway's event.

    Raises:
        TooLargeError: It is too large.
        RefusedRequestError: It is not what the gateway sends.
    """
    text = event.get("body") or ""
    if len(text) > MAX_BODY_BYTES * _BASE64_EXCESS + 4:
        raise _too_large()
    try:
        body = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
    except ValueError as error:  # also a text that is no Unicode
        raise RefusedRequestError("the body cannot be read") from error
    if len(body) > MAX_BODY_BYTES:
        raise _too_large()
    return body


def retraining_alerts(body: bytes) -> list[str]:
    """Return the names of the alerts that fire and ask for a retraining, each once, in order.

    Raises:
        RefusedRequestError: It is no notification of version 4.
    """
    try:
        notification = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedRequestError("the body is not valid JSON") from error
    if not isinstance(notification, dict) or notification.get("version") != _VERSION:
        raise RefusedRequestError(f"the body is no notification of Alertmanager's, version {_VERSION}")
    alerts = notification.get("alerts")
    if not isinstance(alerts, list):
        raise RefusedRequestError("alerts must be a list")
    named = [_name(alert) for alert in alerts]
    return sorted({name for name in named if name})


def _name(alert: object) -> str | None:
    """Return the name of an alert that fires and asks for a retraining; None for another one."""
    if not isinstance(alert, dict) or alert.get("status") not in _STATES or not isinstance(alert.get("labels"), dict):
        raise RefusedRequestError("each alert must have a status, firing or resolved, and labels")
    labels = alert["labels"]
    name = labels.get("alertname")
    if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= _MAX_NAME:
        raise RefusedRequestError(f"the label alertname must be a line of 1 to {_MAX_NAME} characters")
    return name if alert["status"] == "firing" and labels.get(RETRAIN_LABEL) == RETRAIN else None


def _too_large() -> TooLargeError:
    return TooLargeError(f"the body has more than {MAX_BODY_BYTES:,} bytes")
