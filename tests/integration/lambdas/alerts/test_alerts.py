"""`POST /alerts` starts one run at most, only for this loop's Alertmanager, and says when to call again."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from sentiment.keys import alerts_token
from tests.integration.lambdas.functions import LIMIT_S
from tests.integration.resources import SECRET

if TYPE_CHECKING:
    from tests.integration.lambdas.functions import Answer, Function
    from tests.unit.lambdas.retrain.fake_mwaa import FakeMwaa

TOKEN = alerts_token(SECRET.encode())


def notify(alerts: Function, *names: str, token: str | None = TOKEN, body: object = None) -> Answer:
    """Send what Alertmanager sends while these alerts fire."""
    firing = [{"status": "firing", "labels": {"alertname": name, "retrain": "yes"}} for name in names]
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    notification: dict[str, Any] = {"version": "4", "status": "firing", "receiver": "retraining", "alerts": firing}
    return alerts.call("POST", "/alerts", notification if body is None else body, headers=headers)


def test_an_alert_starts_a_run_that_says_which_alert(alerts: Function, mwaa: FakeMwaa) -> None:
    answer = notify(alerts, "QualityFell")

    assert (answer.status, answer.json["state"]) == (200, "started")
    assert answer.headers["x-request-id"] == "id-of-gateway-1"
    assert mwaa.notes == {answer.json["run_id"]: "Requested by alert QualityFell"}
    assert notify(alerts, "QualityFell", "Drift").json["state"] == "running", "one run for all that fire"
    assert len(mwaa.runs) == 1


def test_the_cooldown_holds_and_needs_no_further_call(alerts: Function, mwaa: FakeMwaa) -> None:
    mwaa.add("last", "success", began=timedelta(seconds=30))

    answer = notify(alerts, "Drift", "QualityFell")

    assert (answer.status, answer.json["state"], answer.json["seconds_left"]) == (200, "cooling_down", 870)
    assert len(mwaa.runs) == 1


def test_a_notification_without_an_alert_for_it_starts_nothing(alerts: Function, mwaa: FakeMwaa) -> None:
    answer = notify(alerts)

    assert (answer.status, answer.json["state"]) == (200, "ignored")
    assert not mwaa.calls


@pytest.mark.parametrize(
    ("token", "body", "status", "code"),
    [
        (None, None, 401, "unauthenticated"),
        ("0" * 64, None, 403, "forbidden"),
        ("0" * 64, b"x" * 300_000, 403, "forbidden"),
        (TOKEN, b"{", 400, "malformed"),
        (TOKEN, b"x" * 300_000, 413, "too_large"),
    ],
)
def test_a_refused_request_starts_nothing_and_has_its_code(
    alerts: Function, mwaa: FakeMwaa, *, token: str | None, body: object, status: int, code: str
) -> None:
    answer = notify(alerts, "QualityFell", token=token, body=body)

    assert (answer.status, answer.json["error"]["code"]) == (status, code)
    assert not mwaa.calls


def test_alertmanager_is_asked_to_call_again_while_airflow_is_down(alerts: Function, mwaa: FakeMwaa) -> None:
    mwaa.fails = [ConnectTimeoutError(endpoint_url="http://mwaa")] * 2
    answer = notify(alerts, "QualityFell")
    assert (answer.status, answer.json["error"]["code"]) == (503, "airflow_unreachable")

    mwaa.fails.clear()
    mwaa.paused = True
    answer = notify(alerts, "QualityFell")
    assert (answer.status, answer.json["error"]["code"]) == (503, "dag_paused")

    mwaa.paused = False
    assert notify(alerts, "QualityFell").json["state"] == "started"


@pytest.mark.usefixtures("other_endpoints")
def test_a_silent_secrets_manager_ends_in_a_503_in_time(
    alerts: Function, mwaa: FakeMwaa, silent_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", silent_server)  # its client is created by the call
    started = time.monotonic()

    answer = notify(alerts, "QualityFell")

    assert (answer.status, answer.json["error"]["code"]) == (503, "secret_unavailable")
    assert time.monotonic() - started < LIMIT_S
    assert not mwaa.calls
