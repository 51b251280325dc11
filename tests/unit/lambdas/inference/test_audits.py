"""What is audited, and whose it is; a prediction never fails for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from lambdas.inference.audits import RETRY_S, Audits, Marks
from lambdas.inference.predictions import PredictionTable
from lambdas.shared.audit_table import Places
from lambdas.shared.loop_secret import LoopSecret
from sentiment.evaluation.audit_draw import MOST_PLACES
from sentiment.keys import client_hash
from sentiment.schemas.events import PredictionEvent
from sentiment.schemas.prediction_id import new_prediction_id

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = "a secret for tests"


class Secrets:
    """Counts how often the secret is read; fails at first."""

    def __init__(self, failures: int = 0) -> None:
        self.reads = 0
        self._failures = failures

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 - boto's name
        assert SecretId == "arn"
        self.reads += 1
        if self.reads <= self._failures:
            raise ConnectTimeoutError(endpoint_url="https://secrets")
        return {"SecretString": KEY}


class Table:
    """Counts as DynamoDB does, from a number on."""

    def __init__(self, drawn: int = 0, error: Exception | None = None) -> None:
        self.drawn = drawn
        self.calls: list[str] = []
        self._error = error

    def update_item(self, *, Key: Any, ExpressionAttributeValues: Any, **_: Any) -> Any:  # noqa: N803, ANN401 - boto's names
        if self._error:
            raise self._error
        self.calls.append(Key["entry"]["S"])
        self.drawn += int(ExpressionAttributeValues[":number"]["N"])
        return {"Attributes": {"drawn": {"N": str(self.drawn)}}}


def audits(secrets: Any, table: Any, clock: Any = lambda: 0.0) -> Audits:  # noqa: ANN401 - fakes of boto's clients
    return Audits(LoopSecret("arn", lambda: secrets), Places("audit", lambda: table), clock=clock)


def ids(number: int) -> list[str]:
    return [new_prediction_id(NOON) for _ in range(number)]


def test_the_secret_is_read_at_the_first_prediction_and_once() -> None:
    secrets = Secrets()
    marking = audits(secrets, Table())
    assert secrets.reads == 0

    for _ in range(3):
        assert marking.marks(ids(1), "key", NOON).client == client_hash(KEY.encode(), "key")
    assert secrets.reads == 1


def test_without_the_secret_predictions_are_made_and_none_is_audited() -> None:
    now = [0.0]
    secrets = Secrets(failures=1)
    marking = audits(secrets, Table(), clock=lambda: now[0])

    assert [marking.marks(ids(200), "key", NOON) for _ in range(3)] == [Marks()] * 3
    assert secrets.reads == 1, "a request after a failure does not wait again"
    now[0] = RETRY_S
    assert marking.marks(ids(200), "key", NOON).client


def test_the_audited_predictions_of_a_request_take_the_next_places() -> None:
    table = Table(drawn=4)

    marks = audits(Secrets(), table).marks(ids(500), "key", NOON)

    assert list(marks.places.values()) == list(range(5, 5 + len(marks.places)))
    assert 3 < len(marks.places) < 40
    assert table.calls == [f"drawn#audit#2026-11-23T12#{marks.client}"]


def test_a_flood_is_not_audited_beyond_the_most_places() -> None:
    marks = audits(Secrets(), Table(drawn=MOST_PLACES)).marks(ids(500), "key", NOON)

    assert marks.places == {}
    assert marks.client


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "UpdateItem"),
        ConnectTimeoutError(endpoint_url="https://dynamodb"),
    ],
)
def test_a_place_that_cannot_be_had_in_time_costs_no_prediction(error: Exception) -> None:
    marks = audits(Secrets(), Table(error=error)).marks(ids(500), "key", NOON)

    assert marks == Marks(client_hash(KEY.encode(), "key"))


class Writes:
    """Notes what is stored by which call."""

    def __init__(self) -> None:
        self.together: list[list[str]] = []
        self.alone: list[str] = []

    def put_item(self, *, Item: Any, **_: Any) -> None:  # noqa: N803, ANN401 - boto's names
        self.alone.append(Item["prediction_id"]["S"])

    def batch_write_item(self, *, RequestItems: Any) -> Any:  # noqa: N803, ANN401 - boto's name
        (requests,) = RequestItems.values()
        self.alone += [request["PutRequest"]["Item"]["prediction_id"]["S"] for request in requests]
        return {"UnprocessedItems": {}}

    def transact_write_items(self, *, TransactItems: Any) -> None:  # noqa: N803, ANN401 - boto's name
        items = [one["Put"]["Item"] for one in TransactItems]
        assert len(items) <= 100
        self.together.append([(item.get("prediction_id") or item["entry"])["S"] for item in items])


@pytest.mark.parametrize(("number", "audited"), [(1, 0), (1, 1), (100, 3), (100, 100)])
def test_an_audited_prediction_is_stored_together_with_its_entry(number: int, audited: int) -> None:
    writes: Any = Writes()
    events = [
        PredictionEvent(
            prediction_id=one,
            text="great",
            label="positive",
            probability=0.9,
            model_version="1",
            created_at=NOON,
            expires_at=4_000_000_000,
            audit=place <= audited,
            audit_place=place if place <= audited else None,
        )
        for place, one in enumerate(ids(number), start=1)
    ]

    PredictionTable("predictions", "audit", lambda: writes).put(events)

    assert sorted(writes.alone) == sorted(event.prediction_id for event in events if not event.audit)
    twice = [event.prediction_id for event in events if event.audit for _ in range(2)]
    assert [one for call in writes.together for one in call] == twice
