"""A busy DynamoDB, which no emulator simulates: unprocessed items, conflicts, throttling."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.feedback import routes
from lambdas.feedback.callers import Callers
from lambdas.feedback.ledger import Ledger, TooSlowError
from lambdas.feedback.rater import RaterHash
from lambdas.feedback.voted import VotedDraws
from lambdas.inference import predictions
from lambdas.inference.predictions import PredictionTable, StorageError
from lambdas.shared.booking import Tables
from lambdas.shared.loop_secret import LoopSecret
from lambdas.shared.web.errors import ApiError
from sentiment.schemas.api import FeedbackRequest
from sentiment.schemas.bucket import SHARDS, shard_of
from sentiment.schemas.events import PredictionEvent
from sentiment.schemas.prediction_id import new_prediction_id

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FAR = 4_000_000_000
TABLES = Tables("predictions", "feedback", "quality", "audit")


def a_prediction(number: int) -> PredictionEvent:
    return PredictionEvent(
        prediction_id=new_prediction_id(NOW),
        text=f"text {number}",
        label="positive",
        probability=0.5,
        model_version="1",
        created_at=NOW,
        expires_at=FAR,
        audit=False,
    )


class Reluctant:
    """Takes a few items of each batch and leaves the others unprocessed."""

    def __init__(self, takes: int) -> None:
        self.stored: list[str] = []
        self._takes = takes

    def batch_write_item(self, *, RequestItems: dict[str, list[Any]]) -> dict[str, Any]:  # noqa: N803 - boto's name
        ((table, requests),) = RequestItems.items()
        assert 1 <= len(requests) <= 25
        self.stored += [request["PutRequest"]["Item"]["text"]["S"] for request in requests[: self._takes]]
        left = requests[self._takes :]
        return {"UnprocessedItems": {table: left} if left else {}}


def test_unprocessed_items_are_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "_FIRST_PAUSE_S", 0.0)
    reluctant: Any = Reluctant(takes=7)

    PredictionTable("predictions", "audit", lambda: reluctant).put([a_prediction(number) for number in range(100)])

    assert sorted(reluctant.stored) == sorted(f"text {number}" for number in range(100))


def test_a_table_that_processes_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "_FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(predictions, "DEADLINE_S", 0.05)
    reluctant: Any = Reluctant(takes=0)

    with pytest.raises(StorageError, match="3 predictions"):
        PredictionTable("predictions", "audit", lambda: reluctant).put([a_prediction(number) for number in range(3)])


def test_no_batch_is_started_after_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "DEADLINE_S", -1.0)
    reluctant: Any = Reluctant(takes=25)

    with pytest.raises(StorageError, match="in time"):
        PredictionTable("predictions", "audit", lambda: reluctant).put([a_prediction(number) for number in range(30)])

    assert not reluctant.stored


class Contended:
    """Cancels the first transactions for a given reason.

    Attributes:
        reads: How many items were read.
        tried: Of each transaction, the bucket that the feedback names, and the counters' key.
        feedback: The stored feedback.
    """

    def __init__(self, error: ClientError, times: int) -> None:
        self.reads = 0
        self.tried: list[tuple[str, str]] = []
        self.feedback: dict[str, Any] | None = None
        self._error = error
        self._times = times

    def get_item(self, *, TableName: str, **_: Any) -> dict[str, Any]:  # noqa: N803, ANN401 - boto's names
        self.reads += 1
        if TableName != "predictions":
            return {"Item": self.feedback} if self.feedback else {}
        values = {
            "label": {"S": "positive"},
            "probability": {"N": "0.9"},
            "model_version": {"S": "1"},
            "audit": {"BOOL": False},
        }
        return {"Item": {**values, "expires_at": {"N": str(FAR)}}}

    def transact_write_items(self, *, TransactItems: list[dict[str, Any]]) -> None:  # noqa: N803 - boto's name
        _, put, update = TransactItems
        self.tried.append((put["Put"]["Item"]["bucket"]["S"], update["Update"]["Key"]["bucket"]["S"]))
        if len(self.tried) <= self._times:
            raise self._error
        self.feedback = put["Put"]["Item"]

    @property
    def written(self) -> int:
        return len(self.tried) - min(len(self.tried), self._times)


def cancelled(*codes: str) -> ClientError:
    response: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
        "CancellationReasons": [{"Code": code} for code in codes],
    }
    return ClientError(response, "TransactWriteItems")


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "TransactWriteItems")


def a_ledger(contended: Any) -> Ledger:  # noqa: ANN401 - a fake of boto's client
    return Ledger(TABLES, lambda: contended, now=lambda: NOW)


RACES = [
    cancelled("None", "TransactionConflict", "None"),
    cancelled("TransactionConflict", "None", "None"),
    cancelled("None", "TransactionConflict", "TransactionConflict"),
    cancelled("None", "ConditionalCheckFailed", "TransactionConflict"),
    refused("TransactionInProgressException"),
]
COUNTERS_IN_USE = cancelled("None", "None", "TransactionConflict")
THROTTLED = [
    cancelled("None", "None", "ThrottlingError"),
    cancelled("ProvisionedThroughputExceeded", "None", "None"),
    refused("ThrottlingException"),
]


@pytest.mark.parametrize("error", RACES)
def test_a_race_on_one_prediction_reads_its_items_again(error: ClientError) -> None:
    contended = Contended(error, times=2)

    outcome = a_ledger(contended).record(new_prediction_id(NOW), "up", None).outcome

    assert (outcome, contended.written, contended.reads) == ("recorded", 1, 3 * 2)
    assert len(set(contended.tried)) == 1


@pytest.mark.parametrize("error", THROTTLED)
def test_a_throttled_transaction_is_written_again_as_it_is(error: ClientError) -> None:
    contended = Contended(error, times=2)

    outcome = a_ledger(contended).record(new_prediction_id(NOW), "up", None).outcome

    assert (outcome, contended.written, contended.reads) == ("recorded", 1, 2)
    assert len(set(contended.tried)) == 1


def test_first_feedback_whose_counters_are_in_use_takes_the_next_shard() -> None:
    contended = Contended(COUNTERS_IN_USE, times=SHARDS)
    prediction_id = new_prediction_id(NOW)

    event = a_ledger(contended).record(prediction_id, "up", None).event

    assert contended.reads == 2
    shards = [(shard_of(prediction_id) + number) % SHARDS for number in [*range(SHARDS), 0]]
    assert contended.tried == [(f"2026-11-23T12#1#voluntary#{shard}",) * 2 for shard in shards]
    assert event.bucket == contended.tried[-1][0]


def test_a_changed_verdict_waits_for_the_counters_that_it_is_counted_in() -> None:
    contended = Contended(COUNTERS_IN_USE, times=3)
    prediction_id = new_prediction_id(NOW)
    first = a_ledger(contended).record(prediction_id, "up", None).event
    contended.tried.clear()
    contended.reads = 0

    outcome = a_ledger(contended).record(prediction_id, "down", None).outcome

    assert (outcome, contended.reads) == ("changed", 2)
    assert contended.tried == [(first.bucket, first.bucket)] * 4


@pytest.mark.parametrize("error", [cancelled("ValidationError", "None", "None"), refused("AccessDeniedException")])
def test_permanent_errors_are_raised_at_once(error: ClientError) -> None:
    contended = Contended(error, times=1)

    with pytest.raises(ClientError):
        a_ledger(contended).record(new_prediction_id(NOW), "up", None)

    assert contended.written == 0


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (RACES[0], "busy", "others give feedback on the same prediction right now: try again"),
        (COUNTERS_IN_USE, "busy", "more feedback comes in right now than can be counted: try again"),
        (THROTTLED[0], "storage_unavailable", "the feedback could not be stored in time"),
    ],
)
def test_who_gives_up_says_what_was_in_the_way(
    monkeypatch: pytest.MonkeyPatch, error: ClientError, code: str, message: str
) -> None:
    monkeypatch.setattr("lambdas.feedback.ledger.DEADLINE_S", 0.05)
    callers = Callers(LoopSecret("arn", Secrets), "id")  # type: ignore[arg-type] # a fake of boto's client
    state = SimpleNamespace(ledger=a_ledger(Contended(error, times=10**6)), callers=callers, voted=None)
    request: Any = SimpleNamespace(app=SimpleNamespace(state=state), headers={}, scope={})
    given = FeedbackRequest(prediction_id=new_prediction_id(NOW), verdict="up")

    with pytest.raises(ApiError) as answered:
        asyncio.run(routes.feedback(request, given))

    assert (answered.value.status, answered.value.code, answered.value.message) == (503, code, message)
    assert answered.value.retry_after_s


def test_nothing_is_written_after_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambdas.feedback.ledger.DEADLINE_S", -1.0)
    slow = Contended(cancelled("None"), times=0)

    with pytest.raises(TooSlowError):
        a_ledger(slow).record(new_prediction_id(NOW), "up", None)

    assert slow.written == 0


class Unlisting:
    """Takes no entry, for a given reason."""

    def __init__(self, error: ClientError) -> None:
        self._error = error

    def transact_write_items(self, **_: Any) -> None:  # noqa: ANN401 - boto's names
        raise self._error


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (cancelled("ConditionalCheckFailed", "None"), logging.INFO),
        (cancelled("None", "ConditionalCheckFailed"), logging.INFO),
        (cancelled("TransactionConflict", "None"), logging.INFO),
        (cancelled("None", "ThrottlingError"), logging.WARNING),
        (refused("ThrottlingException"), logging.WARNING),
        (refused("AccessDeniedException"), logging.WARNING),
    ],
)
def test_a_drawn_vote_that_is_lost_to_reviewers_is_warned_of(
    caplog: pytest.LogCaptureFixture, error: ClientError, level: int
) -> None:
    vote = a_ledger(Contended(error, times=0)).record(new_prediction_id(NOW), "up", None).event
    draw = SimpleNamespace(takes=lambda _draw, _vote: True, place=lambda _vote, number: number)
    takes_all: Any = SimpleNamespace(audit_draw=lambda: draw)
    places: Any = SimpleNamespace(take=lambda *_: range(1, 2))
    unlisting: Any = Unlisting(error)
    caplog.set_level(logging.INFO)

    VotedDraws(takes_all, places, TABLES, lambda: unlisting).offer(vote, 0.7)

    assert [record.levelno for record in caplog.records] == [level]


class Secrets:
    """Counts how often the secret is read; fails at first."""

    def __init__(self, failures: int = 0) -> None:
        self.reads = 0
        self._failures = failures

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 - boto's name
        self.reads += 1
        if self.reads <= self._failures:
            raise refused("InternalServiceError")
        return {"SecretString": f"key of {SecretId}"}


def test_the_raters_key_is_read_once() -> None:
    secrets: Any = Secrets()
    raters = RaterHash(LoopSecret("arn", lambda: secrets))

    assert (
        raters.of("anna", None, "voluntary")
        == raters.of("anna", "key", "voluntary")
        != raters.of(None, "anna", "voluntary")
    )
    assert raters.of(None, None, "voluntary") is None
    assert secrets.reads == 1


def test_a_key_that_could_not_be_read_is_read_again() -> None:
    secrets: Any = Secrets(failures=1)
    raters = RaterHash(LoopSecret("arn", lambda: secrets))

    with pytest.raises(ClientError):
        raters.of("anna", None, "voluntary")
    assert raters.of("anna", None, "voluntary")
