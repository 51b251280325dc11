"""Feedback against the emulator: every acknowledged verdict is counted exactly once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lambdas import aws
from lambdas.feedback import ledger
from lambdas.feedback.ledger import BusyError, Ledger, Tables
from lambdas.items import from_item, to_item
from sentiment.prediction_id import LIFETIME, is_audit, new_prediction_id
from sentiment.schemas.events import FeedbackEvent, PredictionEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

    from sentiment.review import Label
    from tests.integration.lambdas.functions import Function
    from tests.integration.resources import Resources

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
LIMIT_S = 15.0
"""Well before the function's own timeout."""


def a_prediction(
    resources: Resources,
    *,
    label: Label = "positive",
    made_at: datetime | None = None,
    audit: bool | None = None,
) -> str:
    """Store a prediction and return its id."""
    made_at = made_at or datetime.now(UTC)
    prediction_id = new_prediction_id(made_at)
    event = PredictionEvent(
        prediction_id=prediction_id,
        text="great",
        label=label,
        probability=0.9,
        model_version="7",
        created_at=made_at,
        expires_at=int((made_at + LIFETIME).timestamp()),
        audit=is_audit(prediction_id) if audit is None else audit,
    )
    resources.dynamodb.put_item(TableName=resources.predictions, Item=to_item(event))
    return prediction_id


def kept(resources: Resources, prediction_id: str) -> FeedbackEvent:
    found = resources.dynamodb.get_item(
        TableName=resources.feedback, Key={"prediction_id": {"S": prediction_id}}, ConsistentRead=True
    )
    return from_item(FeedbackEvent, found["Item"])


def counters(resources: Resources) -> dict[str, dict[str, int]]:
    """The quality table without its zeros."""
    return {
        item["bucket"]["S"]: {
            name: int(value["N"]) for name, value in item.items() if name != "bucket" and int(value["N"])
        }
        for item in resources.dynamodb.scan(TableName=resources.quality)["Items"]
    }


def totals(resources: Resources) -> Counter[str]:
    return sum((Counter(cells) for cells in counters(resources).values()), Counter())


def tables(resources: Resources) -> Tables:
    return Tables(resources.predictions, resources.feedback, resources.quality)


@pytest.mark.parametrize(
    ("predicted", "verdict", "truth"),
    [
        ("positive", "up", ("positive", "tp")),
        ("positive", "down", ("negative", "fp")),
        ("negative", "up", ("negative", "tn")),
        ("negative", "down", ("positive", "fn")),
    ],
)
def test_a_verdict_becomes_a_label_and_is_counted(
    feedback: Function, resources: Resources, predicted: Label, verdict: str, truth: tuple[str, str]
) -> None:
    label, cell = truth
    prediction_id = a_prediction(resources, label=predicted, audit=False)

    answer = feedback.call("POST", "/feedback", {"prediction_id": prediction_id, "verdict": verdict})

    assert answer.status == 201
    assert answer.json["outcome"] == "recorded"
    assert (answer.json["predicted"], answer.json["label"]) == (predicted, label)
    event = kept(resources, prediction_id)
    assert (event.label, event.cell, event.revision) == (label, cell, 1)
    assert event.bucket == f"{event.created_at:%Y-%m-%dT%H}#7#voluntary"
    assert counters(resources) == {event.bucket: {cell: 1}}


def test_feedback_on_audited_predictions_is_counted_apart(feedback: Function, resources: Resources) -> None:
    for audit in (True, False):
        body = {"prediction_id": a_prediction(resources, audit=audit), "verdict": "up"}
        assert feedback.call("POST", "/feedback", body).status == 201

    assert {bucket.rpartition("#")[2] for bucket in counters(resources)} == {"audit", "voluntary"}


def test_repeated_feedback_counts_once(feedback: Function, resources: Resources) -> None:
    body = {"prediction_id": a_prediction(resources), "verdict": "up"}
    assert feedback.call("POST", "/feedback", body).status == 201
    first = kept(resources, body["prediction_id"])

    for _ in range(3):
        answer = feedback.call("POST", "/feedback", {**body, "rater": "somebody else"})
        assert (answer.status, answer.json["outcome"]) == (200, "repeated")

    assert kept(resources, body["prediction_id"]) == first
    assert totals(resources) == {"tp": 1}


def test_a_changed_mind_moves_the_counters(feedback: Function, resources: Resources) -> None:
    prediction_id = a_prediction(resources)
    for revision, verdict in enumerate(("up", "down", "up", "down"), start=1):
        answer = feedback.call("POST", "/feedback", {"prediction_id": prediction_id, "verdict": verdict})
        assert answer.status == (201 if revision == 1 else 200)
        assert answer.json["revision"] == revision
        assert totals(resources) == {"tp" if verdict == "up" else "fp": 1}


def test_a_changed_mind_stays_in_the_hour_of_the_first(resources: Resources) -> None:
    prediction_id = a_prediction(resources, made_at=NOW)
    times = iter([NOW] * 2 + [NOW + timedelta(hours=3)] * 2)
    book = Ledger(tables(resources), aws.dynamodb, now=lambda: next(times))

    book.record(prediction_id, "up", None)
    outcome, event = book.record(prediction_id, "down", None)

    assert outcome == "changed"
    assert event.bucket.startswith("2026-11-23T14#")
    assert counters(resources) == {event.bucket: {"fp": 1}}
    assert (event.created_at, event.updated_at) == (NOW, NOW + timedelta(hours=3))


def test_a_changed_mind_is_later_even_where_the_clock_went_back(resources: Resources) -> None:
    prediction_id = a_prediction(resources, made_at=NOW)
    times = iter([NOW] * 2 + [NOW - timedelta(minutes=5)] * 2)
    book = Ledger(tables(resources), aws.dynamodb, now=lambda: next(times))

    _, first = book.record(prediction_id, "up", None)
    _, second = book.record(prediction_id, "down", None)

    assert second.order > first.order


def test_feedback_to_an_unknown_prediction_is_refused(feedback: Function, resources: Resources) -> None:
    answer = feedback.call(
        "POST", "/feedback", {"prediction_id": new_prediction_id(datetime.now(UTC)), "verdict": "up"}
    )

    assert (answer.status, answer.json["error"]["code"]) == (404, "unknown_prediction")
    assert not counters(resources)


@pytest.mark.parametrize("still_in_the_table", [True, False])
def test_feedback_to_an_expired_prediction_is_refused(
    feedback: Function, resources: Resources, *, still_in_the_table: bool
) -> None:
    prediction_id = a_prediction(resources, made_at=datetime.now(UTC) - LIFETIME - timedelta(minutes=1))
    if not still_in_the_table:
        resources.dynamodb.delete_item(TableName=resources.predictions, Key={"prediction_id": {"S": prediction_id}})

    answer = feedback.call("POST", "/feedback", {"prediction_id": prediction_id, "verdict": "up"})

    assert (answer.status, answer.json["error"]["code"]) == (410, "expired_prediction")
    assert not counters(resources)


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
def test_a_stored_prediction_that_is_damaged_takes_no_feedback_and_that_is_said(
    feedback: Function, resources: Resources, caplog: pytest.LogCaptureFixture, damage: dict[str, Any]
) -> None:
    """Removed by hand, or written by another version of the functions."""
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


def test_feedback_that_is_damaged_is_neither_replaced_nor_counted_anew(
    feedback: Function, resources: Resources, caplog: pytest.LogCaptureFixture
) -> None:
    """Without its cell, nobody can tell what a changed mind has to take back."""
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


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"verdict": "up"},
        {"prediction_id": "01KAQ3ZV5T8M2N4P6R7S9TVWXY"},
        {"prediction_id": "01KAQ3ZV5T8M2N4P6R7S9TVWXY", "verdict": "sideways"},
        {"prediction_id": "01KAQ3ZV5T8M2N4P6R7S9TVWXY", "verdict": True},
        {"prediction_id": "01KAQ3ZV5T8M2N4P6R7S9TVWXY", "verdict": "up", "label": "positive"},
        {"prediction_id": "01KAQ3ZV5T8M2N4P6R7S9TVWXY", "verdict": "up", "rater": ""},
        {"prediction_id": "01KAQ3ZV5T8M2N4P6R7S9TVWXY", "verdict": "up", "rater": "x" * 257},
        {"prediction_id": "01KAQ3ZV5T8M2N4P6R7S9TVWXY", "verdict": "up", "rater": "\ud800"},
        {"prediction_id": "01kaq3zv5t8m2n4p6r7s9tvwxy", "verdict": "up"},
        {"prediction_id": "81KAQ3ZV5T8M2N4P6R7S9TVWXY", "verdict": "up"},
        {"prediction_id": "01KAQ3ZV5T8M2N4P6R7S9TVWXY\n", "verdict": "up"},
        {"prediction_id": 5, "verdict": "up"},
        {"prediction_id": "' OR 1=1 --", "verdict": "up"},
    ],
)
def test_bad_feedback_is_refused(feedback: Function, body: dict[str, Any]) -> None:
    answer = feedback.call("POST", "/feedback", body)

    assert (answer.status, answer.json["error"]["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("prediction_id", ["7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "00000000000000000000000000"])
def test_ids_from_the_end_and_the_beginning_of_time_are_no_fault(feedback: Function, prediction_id: str) -> None:
    answer = feedback.call("POST", "/feedback", {"prediction_id": prediction_id, "verdict": "up"})

    assert answer.status == (404 if prediction_id.startswith("7") else 410)


def test_who_judged_is_kept_as_a_keyed_hash_only(feedback: Function, resources: Resources) -> None:
    hashes = {}
    for name, rater, key in (
        ("anna", "anna", "key-1"),
        ("anna elsewhere", "anna", "key-2"),
        ("ben", "ben", "key-1"),
        ("key-1", None, "key-1"),
        ("called key-1", "key-1", None),
    ):
        body = {"prediction_id": a_prediction(resources), "verdict": "up"} | ({"rater": rater} if rater else {})
        feedback.call("POST", "/feedback", body, headers={"X-Api-Key": key} if key else {})
        hashes[name] = kept(resources, body["prediction_id"]).rater

    assert hashes["anna"] == hashes["anna elsewhere"]
    assert len(set(hashes.values())) == 4
    assert all(value and len(value) == 64 for value in hashes.values())


def test_of_racing_first_verdicts_one_is_first_and_none_is_lost_or_counted_twice(
    resources: Resources,
) -> None:
    """Eight functions, each with its own clients, judge the same predictions at the same time."""
    prediction_ids = [a_prediction(resources, label="positive") for _ in range(10)]
    aws.dynamodb()
    together = threading.Barrier(8)

    def judge(number: int) -> list[str]:
        book = Ledger(tables(resources), aws.dynamodb)
        together.wait()
        verdicts: tuple[Any, Any] = ("up", "down")
        return [book.record(prediction_id, verdicts[number % 2], None)[0] for prediction_id in prediction_ids]

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(judge, range(8)))

    for place, prediction_id in enumerate(prediction_ids):
        of_this = Counter(outcome[place] for outcome in outcomes)
        assert of_this["recorded"] == 1
        assert kept(resources, prediction_id).revision == of_this["recorded"] + of_this["changed"]
    assert totals(resources).total() == len(prediction_ids)
    cells = Counter(kept(resources, prediction_id).cell for prediction_id in prediction_ids)
    assert totals(resources) == cells


class Interfering:
    """A client of DynamoDB before whose transactions something else happens."""

    def __init__(self, client: DynamoDBClient, before: Callable[[], None]) -> None:
        self._client = client
        self._before = before

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the client has
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> Any:  # noqa: ANN401 - passed on
        self._before()
        return self._client.transact_write_items(**request)


def test_a_prediction_deleted_in_between_takes_no_feedback(resources: Resources) -> None:
    prediction_id = a_prediction(resources)

    def delete() -> None:
        resources.dynamodb.delete_item(TableName=resources.predictions, Key={"prediction_id": {"S": prediction_id}})

    client: Any = Interfering(resources.dynamodb, delete)
    with pytest.raises(ledger.UnknownPredictionError):
        Ledger(tables(resources), lambda: client).record(prediction_id, "up", None)
    assert not counters(resources)


def test_who_never_gets_through_is_told_to_come_back(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "DEADLINE_S", 1.0)
    prediction_id = a_prediction(resources)
    Ledger(tables(resources), aws.dynamodb).record(prediction_id, "up", None)

    def change_first() -> None:
        resources.dynamodb.update_item(
            TableName=resources.feedback,
            Key={"prediction_id": {"S": prediction_id}},
            UpdateExpression="ADD revision :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    client: Any = Interfering(resources.dynamodb, change_first)
    with pytest.raises(BusyError):
        Ledger(tables(resources), lambda: client).record(prediction_id, "down", None)
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
