"""A busy DynamoDB, which no emulator simulates: unprocessed items, conflicts, throttling."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.feedback.ledger import BusyError, Ledger, TooSlowError
from lambdas.feedback.rater import RaterHash
from lambdas.inference import predictions
from lambdas.inference.predictions import PredictionTable, StorageError
from lambdas.shared.booking import Tables
from sentiment.schemas.events import PredictionEvent
from sentiment.schemas.prediction_id import new_prediction_id

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FAR = 4_000_000_000


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

    PredictionTable("predictions", lambda: reluctant).put([a_prediction(number) for number in range(100)])

    assert sorted(reluctant.stored) == sorted(f"text {number}" for number in range(100))


def test_a_table_that_processes_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "_FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(predictions, "DEADLINE_S", 0.05)
    reluctant: Any = Reluctant(takes=0)

    with pytest.raises(StorageError, match="3 predictions"):
        PredictionTable("predictions", lambda: reluctant).put([a_prediction(number) for number in range(3)])


def test_no_batch_is_started_after_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "DEADLINE_S", -1.0)
    reluctant: Any = Reluctant(takes=25)

    with pytest.raises(StorageError, match="in time"):
        PredictionTable("predictions", lambda: reluctant).put([a_prediction(number) for number in range(30)])

    assert not reluctant.stored


class Contended:
    """Cancels the first transactions for a given reason."""

    def __init__(self, error: ClientError, times: int) -> None:
        self.written = 0
        self._error = error
        self._times = times

    def get_item(self, *, TableName: str, **_: Any) -> dict[str, Any]:  # noqa: N803, ANN401 - boto's names
        if TableName != "predictions":
            return {}
        values = {"label": {"S": "positive"}, "model_version": {"S": "1"}, "audit": {"BOOL": False}}
        return {"Item": {**values, "expires_at": {"N": str(FAR)}}}

    def transact_write_items(self, **_: Any) -> None:  # noqa: ANN401 - boto's names
        if self._times:
            self._times -= 1
            raise self._error
        self.written += 1


def cancelled(*codes: str) -> ClientError:
    response: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
        "CancellationReasons": [{"Code": code} for code in codes],
    }
    return ClientError(response, "TransactWriteItems")


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "TransactWriteItems")


def a_ledger(contended: Any) -> Ledger:  # noqa: ANN401 - a fake of boto's client
    return Ledger(Tables("predictions", "feedback", "quality"), lambda: contended, now=lambda: NOW)


@pytest.mark.parametrize(
    "error",
    [
        cancelled("None", "TransactionConflict", "None"),
        cancelled("None", "None", "ThrottlingError"),
        cancelled("ProvisionedThroughputExceeded", "None", "None"),
        cancelled("None", "ConditionalCheckFailed", "None"),
        refused("TransactionInProgressException"),
        refused("ThrottlingException"),
    ],
)
def test_temporary_errors_are_retried(error: ClientError) -> None:
    contended = Contended(error, times=2)

    outcome, _ = a_ledger(contended).record(new_prediction_id(NOW), "up", None)

    assert (outcome, contended.written) == ("recorded", 1)


@pytest.mark.parametrize("error", [cancelled("ValidationError", "None", "None"), refused("AccessDeniedException")])
def test_permanent_errors_are_raised_at_once(error: ClientError) -> None:
    contended = Contended(error, times=1)

    with pytest.raises(ClientError):
        a_ledger(contended).record(new_prediction_id(NOW), "up", None)

    assert contended.written == 0


def test_endless_conflicts_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambdas.feedback.ledger.DEADLINE_S", 0.3)

    with pytest.raises(BusyError):
        a_ledger(Contended(cancelled("TransactionConflict"), times=10**6)).record(new_prediction_id(NOW), "up", None)


def test_nothing_is_written_after_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambdas.feedback.ledger.DEADLINE_S", -1.0)
    slow = Contended(cancelled("None"), times=0)

    with pytest.raises(TooSlowError):
        a_ledger(slow).record(new_prediction_id(NOW), "up", None)

    assert slow.written == 0


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
    raters = RaterHash("arn", lambda: secrets)

    assert raters.of("anna", None) == raters.of("anna", "key") != raters.of(None, "anna")
    assert raters.of(None, None) is None
    assert secrets.reads == 1


def test_a_key_that_could_not_be_read_is_read_again() -> None:
    secrets: Any = Secrets(failures=1)
    raters = RaterHash("arn", lambda: secrets)

    with pytest.raises(ClientError):
        raters.of("anna", None)
    assert raters.of("anna", None)
