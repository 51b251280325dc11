"""Feedback on damaged or silent storage: it is refused with a reason, and not counted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.lambdas.books import a_prediction, counters, totals
from tests.integration.lambdas.functions import LIMIT_S

if TYPE_CHECKING:
    from tests.integration.lambdas.functions import Function
    from tests.integration.resources import Resources


@pytest.mark.parametrize(
    "damage",
    [
        {"label": None},
        {"model_version": None},
        {"audit": None},
        {"expires_at": None},
        {"label": None, "model_version": None, "audit": None, "expires_at": None},
        {"label": {"S": "neutral"}},
        {"expires_at": {"S": "soon"}},
    ],
    ids=str,
)
def test_a_damaged_prediction_takes_no_feedback(
    feedback: Function, resources: Resources, caplog: pytest.LogCaptureFixture, damage: dict[str, Any]
) -> None:
    """Attributes removed by hand, or written by another version of the functions."""
    prediction_id = a_prediction(resources)
    key = {"prediction_id": {"S": prediction_id}}
    item = resources.dynamodb.get_item(TableName=resources.predictions, Key=key)["Item"] | damage
    kept_attributes = {name: value for name, value in item.items() if value is not None}
    resources.dynamodb.put_item(TableName=resources.predictions, Item=kept_attributes)

    answer = feedback.call("POST", "/feedback", {"prediction_id": prediction_id, "verdict": "up"})

    assert (answer.status, answer.json["error"]["code"]) == (409, "damaged_prediction")
    assert all(name in answer.json["error"]["message"] for name in damage)
    assert prediction_id in caplog.text
    assert not counters(resources)


def test_damaged_feedback_is_neither_replaced_nor_counted_again(
    feedback: Function, resources: Resources, caplog: pytest.LogCaptureFixture
) -> None:
    """Without its cell, a changed verdict does not know which counter to decrease."""
    prediction_id = a_prediction(resources)
    body = {"prediction_id": prediction_id, "verdict": "up"}
    assert feedback.call("POST", "/feedback", body).status == 201
    resources.dynamodb.update_item(
        TableName=resources.feedback, Key={"prediction_id": {"S": prediction_id}}, UpdateExpression="REMOVE cell"
    )

    for verdict in ("up", "down"):
        answer = feedback.call("POST", "/feedback", {**body, "verdict": verdict})
        assert (answer.status, answer.json["error"]["code"]) == (409, "damaged_prediction")
        assert "cell" in answer.json["error"]["message"]

    assert prediction_id in caplog.text
    assert totals(resources) == {"tp": 1}


@pytest.mark.usefixtures("other_endpoints")
@pytest.mark.parametrize("service", ["DYNAMODB", "SECRETS_MANAGER"])
def test_a_storage_that_never_answers_ends_in_time(
    resources: Resources,
    silent_server: str,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    service: str,
) -> None:
    monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", silent_server)
    function: Function = request.getfixturevalue("feedback")
    body = {"prediction_id": a_prediction(resources), "verdict": "up"}

    started = time.monotonic()
    answer = function.call("POST", "/feedback", body, headers={"x-api-key": "key"})

    assert (answer.status, answer.json["error"]["code"]) == (503, "storage_unavailable")
    assert answer.headers["retry-after"]
    assert time.monotonic() - started < LIMIT_S
    assert not counters(resources)
