"""Reviewers' labels: items of their own, which no thumb precedes, moves or replaces, and the other way round."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.feedback.ledger import Ledger
from lambdas.shared import aws
from sentiment.keys import client_hash
from tests.integration.lambdas.books import a_prediction, counters, stored_feedback, tables, totals, waiting
from tests.integration.resources import REVIEWERS_API_KEY_ID

if TYPE_CHECKING:
    from sentiment.reviews.review import Label
    from tests.integration.lambdas.functions import Answer, Function
    from tests.integration.resources import Resources

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
SECRET = b"a key for tests"


def review(feedback: Function, prediction_id: str, label: str, **more: str) -> Answer:
    body = {"prediction_id": prediction_id, "label": label, **more}
    return feedback.call("POST", "/feedback", body, api_key_id=REVIEWERS_API_KEY_ID)


def cells_of(resources: Resources) -> dict[str, Counter[str]]:
    """Return the counters by what their labels come from."""
    found: dict[str, Counter[str]] = {}
    for bucket, cells in counters(resources).items():
        source = next(part for part in bucket.split("#") if part in {"voluntary", "audit", "reviewed"})
        found[source] = found.get(source, Counter()) + Counter(cells)
    return {source: cells for source, cells in found.items() if cells}


@pytest.mark.parametrize(
    ("predicted", "label", "cell"),
    [
        ("positive", "positive", "tp"),
        ("positive", "negative", "fp"),
        ("negative", "negative", "tn"),
        ("negative", "positive", "fn"),
    ],
)
def test_a_reviewers_label_counts_as_audited(
    feedback: Function, resources: Resources, predicted: Label, label: str, cell: str
) -> None:
    prediction_id = a_prediction(resources, label=predicted, audit=True)

    answer = review(feedback, prediction_id, label)

    assert answer.status == 201
    assert answer.json == {"prediction_id": prediction_id, "outcome": "recorded", "label": label, "revision": 1}
    event = stored_feedback(resources, prediction_id, "reviewer")
    assert (event.source, event.label, event.predicted, event.cell) == ("reviewer", label, predicted, cell)
    assert cells_of(resources) == {"audit": {cell: 1}}


def test_a_label_outside_the_audit_draw_does_not_count_as_audited(feedback: Function, resources: Resources) -> None:
    """Voters chose what it is on: counted as audited, their choice would move the audited accuracy."""
    assert review(feedback, a_prediction(resources), "negative").status == 201

    assert cells_of(resources) == {"reviewed": {"fp": 1}}


@pytest.mark.parametrize("order", list(permutations(["up", "down", "review"])))
def test_thumbs_and_labels_do_not_touch_each_other(
    feedback: Function, resources: Resources, order: tuple[str, ...]
) -> None:
    prediction_id = a_prediction(resources, label="positive", audit=True)
    for what in order:
        if what == "review":
            assert review(feedback, prediction_id, "negative").json["outcome"] == "recorded"
        else:
            body = {"prediction_id": prediction_id, "verdict": what}
            assert feedback.call("POST", "/feedback", body).status in {200, 201}

    thumb = [what for what in order if what != "review"][-1]
    assert stored_feedback(resources, prediction_id).verdict == thumb
    assert stored_feedback(resources, prediction_id, "reviewer").label == "negative"
    assert cells_of(resources) == {"voluntary": {"tp" if thumb == "up" else "fp": 1}, "audit": {"fp": 1}}


def test_a_repeated_label_counts_once_and_a_changed_one_moves(feedback: Function, resources: Resources) -> None:
    prediction_id = a_prediction(resources, audit=True)

    outcomes = [review(feedback, prediction_id, label) for label in ("negative", "negative", "positive")]

    assert [(one.status, one.json["outcome"]) for one in outcomes] == [
        (201, "recorded"),
        (200, "repeated"),
        (200, "changed"),
    ]
    assert cells_of(resources) == {"audit": {"tp": 1}}
    assert not waiting(resources)


@pytest.mark.parametrize("api_key_id", ["id-of-a-key", ""])
def test_nobody_else_can_send_a_label(feedback: Function, resources: Resources, api_key_id: str) -> None:
    body = {"prediction_id": a_prediction(resources, audit=True), "label": "negative"}

    answer = feedback.call("POST", "/feedback", body, api_key_id=api_key_id)

    assert (answer.status, answer.json["error"]["code"]) == (403, "forbidden")
    assert not counters(resources)


def test_a_reviewer_cannot_send_a_verdict(feedback: Function, resources: Resources) -> None:
    """It would be made of the model's answer, which reviewers are not shown."""
    body = {"prediction_id": a_prediction(resources, audit=True), "verdict": "up"}

    answer = feedback.call("POST", "/feedback", body, api_key_id=REVIEWERS_API_KEY_ID)

    assert (answer.status, answer.json["error"]["code"]) == (403, "forbidden")
    assert not counters(resources)


@pytest.mark.parametrize("body", [{}, {"verdict": "up", "label": "positive"}, {"verdict": None}, {"label": "neutral"}])
def test_feedback_says_exactly_one_thing(feedback: Function, resources: Resources, body: dict[str, Any]) -> None:
    given = {"prediction_id": a_prediction(resources), **body}

    for api_key_id in ("id-of-a-key", REVIEWERS_API_KEY_ID):
        answer = feedback.call("POST", "/feedback", given, api_key_id=api_key_id)
        assert (answer.status, answer.json["error"]["code"]) == (422, "invalid_request")


def test_everybody_is_stored_under_the_hash_of_their_api_key(feedback: Function, resources: Resources) -> None:
    prediction_id = a_prediction(resources, audit=True)
    review(feedback, prediction_id, "negative", rater="anna")
    feedback.call("POST", "/feedback", {"prediction_id": prediction_id, "verdict": "up", "rater": "anna"})

    thumb, label = stored_feedback(resources, prediction_id), stored_feedback(resources, prediction_id, "reviewer")
    assert thumb.client == client_hash(SECRET, "id-of-a-key")
    assert label.client == client_hash(SECRET, REVIEWERS_API_KEY_ID)
    assert thumb.rater != label.rater, "a voter called like a reviewer is somebody else"


def test_an_old_thumb_on_an_audited_prediction_leaves_the_audited_counters(resources: Resources) -> None:
    """Before reviewers had a key, whoever voted first was counted as audited."""
    prediction_id = a_prediction(resources, made_at=NOW, audit=True)
    ledger = Ledger(tables(resources), aws.dynamodb, now=lambda: NOW + timedelta(minutes=1))
    ledger.record(prediction_id, "up", None)
    resources.dynamodb.update_item(
        TableName=resources.feedback,
        Key={"prediction_id": {"S": prediction_id}},
        UpdateExpression="SET #bucket = :bucket REMOVE #source",
        ExpressionAttributeNames={"#bucket": "bucket", "#source": "source"},
        ExpressionAttributeValues={":bucket": {"S": "2026-11-23T14#7#audit"}},
    )
    for item in resources.dynamodb.scan(TableName=resources.quality)["Items"]:
        resources.dynamodb.delete_item(TableName=resources.quality, Key={"bucket": item["bucket"]})
    resources.dynamodb.put_item(
        TableName=resources.quality, Item={"bucket": {"S": "2026-11-23T14#7#audit"}, "tp": {"N": "1"}}
    )

    assert ledger.record(prediction_id, "down", None)[0] == "changed"

    assert cells_of(resources) == {"voluntary": {"fp": 1}}


def test_racing_thumbs_and_labels_are_counted_exactly_once(resources: Resources) -> None:
    predictions = [a_prediction(resources, label="positive", audit=True) for _ in range(8)]
    together = threading.Barrier(6)

    def give(number: int) -> None:
        own = Ledger(tables(resources), aws.dynamodb)
        together.wait()
        for prediction_id in predictions:
            if number % 3:
                own.record(prediction_id, "up" if number % 2 else "down", None)
            else:
                own.review(prediction_id, "positive" if number % 2 else "negative", None)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(give, range(6)))

    thumbs = Counter(stored_feedback(resources, one).cell for one in predictions)
    labels = Counter(stored_feedback(resources, one, "reviewer").cell for one in predictions)
    assert cells_of(resources) == {"voluntary": thumbs, "audit": labels}
    assert totals(resources).total() == 2 * len(predictions)
    assert not waiting(resources)
