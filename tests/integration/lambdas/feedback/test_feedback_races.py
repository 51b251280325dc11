"""Concurrent feedback: every acknowledged verdict is counted exactly once."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.feedback import ledger
from lambdas.feedback.ledger import Ledger, RaceError
from lambdas.shared import aws
from tests.integration.lambdas.books import a_prediction, counters, stored_feedback, tables, totals

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

    from tests.integration.resources import Resources


def test_concurrent_verdicts_are_counted_exactly_once(resources: Resources) -> None:
    """Eight threads give feedback on the same predictions at the same time."""
    prediction_ids = [a_prediction(resources, label="positive") for _ in range(10)]
    aws.dynamodb()
    together = threading.Barrier(8)

    def give_feedback(number: int) -> list[str]:
        own = Ledger(tables(resources), aws.dynamodb)
        together.wait()
        verdicts: tuple[Any, Any] = ("up", "down")
        return [own.record(prediction_id, verdicts[number % 2], None)[0] for prediction_id in prediction_ids]

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(give_feedback, range(8)))

    for place, prediction_id in enumerate(prediction_ids):
        counts = Counter(outcome[place] for outcome in outcomes)
        assert counts["recorded"] == 1
        assert stored_feedback(resources, prediction_id).revision == counts["recorded"] + counts["changed"]
    assert totals(resources).total() == len(prediction_ids)
    cells = Counter(stored_feedback(resources, prediction_id).cell for prediction_id in prediction_ids)
    assert totals(resources) == cells


class Interfering:
    """A DynamoDB client that does something else before each transaction."""

    def __init__(self, client: DynamoDBClient, before: Callable[[], None]) -> None:
        self._client = client
        self._before = before

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method of the client
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> Any:  # noqa: ANN401 - passed on
        self._before()
        return self._client.transact_write_items(**request)


def test_a_prediction_deleted_meanwhile_takes_no_feedback(resources: Resources) -> None:
    prediction_id = a_prediction(resources)

    def delete() -> None:
        resources.dynamodb.delete_item(TableName=resources.predictions, Key={"prediction_id": {"S": prediction_id}})

    client: Any = Interfering(resources.dynamodb, delete)
    with pytest.raises(ledger.UnknownPredictionError):
        Ledger(tables(resources), lambda: client).record(prediction_id, "up", None)
    assert not counters(resources)


def test_an_endless_race_on_one_prediction_is_given_up(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
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
    with pytest.raises(RaceError):
        Ledger(tables(resources), lambda: client).record(prediction_id, "down", None)
    assert totals(resources) == {"tp": 1}
