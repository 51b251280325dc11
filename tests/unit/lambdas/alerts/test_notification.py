"""A notification of Alertmanager's is read strictly, and only firing alerts with the label ask for a retraining."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from lambdas.alerts.errors import RefusedRequestError, TooLargeError
from lambdas.alerts.notification import MAX_BODY_BYTES, body_of, retraining_alerts


def alert(name: object = "QualityFell", *, status: object = "firing", retrain: object = "yes") -> dict[str, Any]:
    return {"status": status, "labels": {"alertname": name, "retrain": retrain, "severity": "page"}}


def notification(*alerts: object, **others: object) -> bytes:
    return json.dumps({"version": "4", "status": "firing", "alerts": alerts, **others}).encode()


def test_firing_alerts_that_ask_for_a_retraining_are_named_once() -> None:
    body = notification(
        alert("QualityFell"),
        alert("Drift"),
        alert("Drift"),
        alert("Resolved", status="resolved"),
        alert("Another", retrain="no"),
        {"status": "firing", "labels": {"alertname": "Unlabelled"}},
    )

    assert retraining_alerts(body) == ["Drift", "QualityFell"]


@pytest.mark.parametrize(
    "body", [notification(), notification(alert(status="resolved")), notification(alert(retrain=1))]
)
def test_a_notification_without_such_alerts_names_none(body: bytes) -> None:
    assert retraining_alerts(body) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"4"',
        b"\xff\xfe",
        b"[" * 100_000,
        b"9" * 10_000,
        b"{}",
        notification(alert(), version="3"),
        notification(alert(), version=4),
        json.dumps({"version": "4"}).encode(),
        notification(alert(), alerts={"0": alert()}),
        notification("QualityFell"),
        notification({"status": "firing"}),
        notification({"status": "firing", "labels": ["QualityFell"]}),
        notification({"labels": {"alertname": "QualityFell", "retrain": "yes"}}),
        notification(alert(status="Firing")),
        notification(alert(status=["firing"])),
        notification(alert(None)),
        notification(alert(7)),
        notification(alert("")),
        notification(alert("a" * 61)),
        notification(alert("two\nlines")),
        notification(alert(), alert("\x1b[2J", retrain="no")),
    ],
)
def test_anything_else_is_refused_without_quoting_it(body: bytes) -> None:
    with pytest.raises(RefusedRequestError) as error:
        retraining_alerts(body)

    assert len(str(error.value)) < 100
    assert "QualityFell" not in str(error.value)


def test_the_body_is_read_as_the_gateway_sends_it() -> None:
    body = notification(alert("Qualität"))

    assert body_of({"body": base64.b64encode(body).decode(), "isBase64Encoded": True}) == body
    assert body_of({"body": body.decode(), "isBase64Encoded": False}) == body
    assert body_of({"body": None}) == b""


@pytest.mark.parametrize("event", [{"body": "%%%%", "isBase64Encoded": True}, {"body": "\ud800"}])
def test_a_body_that_is_not_what_the_gateway_sends_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises(RefusedRequestError, match="cannot be read"):
        body_of(event)


@pytest.mark.parametrize("encoded", [True, False])
def test_a_body_of_more_than_256_kib_is_refused(*, encoded: bool) -> None:
    def event(size: int) -> dict[str, Any]:
        body = b"x" * size
        return {"body": base64.b64encode(body).decode() if encoded else body.decode(), "isBase64Encoded": encoded}

    assert len(body_of(event(MAX_BODY_BYTES))) == MAX_BODY_BYTES
    with pytest.raises(TooLargeError):
        body_of(event(MAX_BODY_BYTES + 1))
