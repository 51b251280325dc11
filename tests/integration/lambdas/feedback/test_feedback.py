"""Feedback against the emulator: how verdicts are stored and counted, and which are refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.feedback.ledger import Ledger
from lambdas.shared import aws
from lambdas.shared.items import to_item
from sentiment.schemas.bucket import shard_of, without_shard
from sentiment.schemas.feedback_period import LIFETIME
from sentiment.schemas.prediction_id import new_prediction_id
from tests.integration.lambdas.books import a_prediction, counters, stored_feedback, tables, totals

if TYPE_CHECKING:
    from sentiment.reviews.review import Label
    from tests.integration.lambdas.functions import Function
    from tests.integration.resources import Resources

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)


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
    event = stored_feedback(resources, prediction_id)
    assert (event.label, event.cell, event.revision) == (label, cell, 1)
    assert event.bucket == f"{event.created_at:%Y-%m-%dT%H}#7#voluntary#{shard_of(prediction_id)}"
    assert counters(resources) == {without_shard(event.bucket): {cell: 1}}


def test_repeated_feedback_counts_once(feedback: Function, resources: Resources) -> None:
    body = {"prediction_id": a_prediction(resources), "verdict": "up"}
    assert feedback.call("POST", "/feedback", body).status == 201
    first = stored_feedback(resources, body["prediction_id"])

    for _ in range(3):
        answer = feedback.call("POST", "/feedback", {**body, "rater": "somebody else"})
        assert (answer.status, answer.json["outcome"]) == (200, "repeated")

    assert stored_feedback(resources, body["prediction_id"]) == first
    assert totals(resources) == {"tp": 1}


def test_a_changed_verdict_moves_the_counters(feedback: Function, resources: Resources) -> None:
    prediction_id = a_prediction(resources)
    for revision, verdict in enumerate(("up", "down", "up", "down"), start=1):
        answer = feedback.call("POST", "/feedback", {"prediction_id": prediction_id, "verdict": verdict})
        assert answer.status == (201 if revision == 1 else 200)
        assert answer.json["revision"] == revision
        assert totals(resources) == {"tp" if verdict == "up" else "fp": 1}


def test_a_changed_verdict_stays_in_the_hour_of_the_first(resources: Resources) -> None:
    prediction_id = a_prediction(resources, made_at=NOW)
    times = iter([NOW] * 2 + [NOW + timedelta(hours=3)] * 2)
    ledger = Ledger(tables(resources), aws.dynamodb, now=lambda: next(times))

    ledger.record(prediction_id, "up", None)
    outcome, event, _ = ledger.record(prediction_id, "down", None)

    assert outcome == "changed"
    assert event.bucket.startswith("2026-11-23T14#")
    assert counters(resources) == {without_shard(event.bucket): {"fp": 1}}
    assert (event.created_at, event.updated_at) == (NOW, NOW + timedelta(hours=3))


def test_feedback_counted_before_there_were_shards_can_be_changed(resources: Resources) -> None:
    prediction_id = a_prediction(resources)
    ledger = Ledger(tables(resources), aws.dynamodb)
    event = ledger.record(prediction_id, "up", None).event
    sharded = {"bucket": {"S": event.bucket}}
    earlier = {"bucket": {"S": without_shard(event.bucket)}}
    resources.dynamodb.delete_item(TableName=resources.quality, Key=sharded)
    resources.dynamodb.put_item(TableName=resources.quality, Item={**earlier, "tp": {"N": "1"}})
    item = to_item(event.model_copy(update={"bucket": without_shard(event.bucket)}))
    resources.dynamodb.put_item(TableName=resources.feedback, Item=item)

    assert ledger.record(prediction_id, "down", None)[0] == "changed"

    assert "Item" not in resources.dynamodb.get_item(TableName=resources.quality, Key=sharded)
    assert counters(resources) == {without_shard(event.bucket): {"fp": 1}}


def test_a_changed_verdict_is_later_even_if_the_clock_went_back(resources: Resources) -> None:
    prediction_id = a_prediction(resources, made_at=NOW)
    times = iter([NOW] * 2 + [NOW - timedelta(minutes=5)] * 2)
    ledger = Ledger(tables(resources), aws.dynamodb, now=lambda: next(times))

    first = ledger.record(prediction_id, "up", None).event
    second = ledger.record(prediction_id, "down", None).event

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
def test_invalid_feedback_is_refused(feedback: Function, body: dict[str, Any]) -> None:
    answer = feedback.call("POST", "/feedback", body)

    assert (answer.status, answer.json["error"]["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("prediction_id", ["7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "00000000000000000000000000"])
def test_ids_with_the_first_and_last_possible_time_are_refused(feedback: Function, prediction_id: str) -> None:
    answer = feedback.call("POST", "/feedback", {"prediction_id": prediction_id, "verdict": "up"})

    assert answer.status == (404 if prediction_id.startswith("7") else 410)


def test_a_rater_is_stored_only_as_a_keyed_hash(feedback: Function, resources: Resources) -> None:
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
        hashes[name] = stored_feedback(resources, body["prediction_id"]).rater

    assert hashes["anna"] == hashes["anna elsewhere"]
    assert len(set(hashes.values())) == 4
    assert all(value and len(value) == 64 for value in hashes.values())
