"""The archive function counts each event once: in the emulator's tables, and against one that is busy."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas.archive.counting import EventCounts, addition
from lambdas.archive.records import line_of
from lambdas.shared.items import to_item
from lambdas.shared.monitoring_table import counts_of
from tests.integration.events import NOON, a_prediction
from tests.integration.lambdas.archive.test_archive import a_feedback

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_dynamodb import DynamoDBClient

    from lambdas.archive.counting import Addition
    from sentiment.schemas.events import FeedbackEvent, PredictionEvent
    from tests.integration.resources import Resources


def additions(events: Iterable[PredictionEvent | FeedbackEvent]) -> list[Addition]:
    return [addition(line_of({"dynamodb": {"NewImage": to_item(event)}})) for event in events]


def counted(resources: Resources) -> dict[str, Counter[str]]:
    """Return the counts of each entry, summed over its shards."""
    sums: dict[str, Counter[str]] = {}
    for item in resources.dynamodb.scan(TableName=resources.monitoring, ConsistentRead=True)["Items"]:
        if not item["series"]["S"].startswith("counted#"):
            entry = f"{item['series']['S']} {item['entry']['S'].rpartition('#')[0]}"
            sums.setdefault(entry, Counter()).update(counts_of(item))
    return sums


@pytest.fixture
def event_counts(resources: Resources) -> EventCounts:
    return EventCounts(resources.monitoring, resources.dynamodb, lambda: NOON)


def test_events_are_counted_by_label_verdict_and_version(resources: Resources, event_counts: EventCounts) -> None:
    sure = a_prediction().model_copy(update={"audit": True, "audit_place": 1, "reference_bins": "93-"})
    unsure = a_prediction(at=NOON - timedelta(hours=1)).model_copy(update={"label": "negative", "probability": 0.25})
    changed = a_feedback()
    verdicts = [changed, changed.model_copy(update={"verdict": "up", "revision": 2})]

    event_counts.add(additions([sure, unsure, *verdicts]))

    assert counted(resources) == {
        "total predictions#7": {
            "positive": 1,
            "positive_probability": 750_000_000,
            "negative": 1,
            "negative_probability": 250_000_000,
        },
        "predictions 2026-11-23T12#7": {
            "positive": 1,
            "positive_probability": 750_000_000,
            "audited": 1,
            "bin_0_9": 1,
            "bin_1_3": 1,
        },
        "predictions 2026-11-23T11#7": {"negative": 1, "negative_probability": 250_000_000},
        "total feedback#7#voluntary": {"down": 1, "up": 1},
    }


def test_deliveries_at_once_and_cut_differently_count_once(resources: Resources, event_counts: EventCounts) -> None:
    events = additions(a_prediction(at=NOON - timedelta(hours=number % 30)) for number in range(250))
    deliveries = [events[first : first + 100] for first in range(0, 250, 40)] * 2

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(event_counts.add, deliveries))

    assert counted(resources)["total predictions#7"]["positive"] == 250
    hours = [counts for entry, counts in counted(resources).items() if entry.startswith("predictions ")]
    assert len(hours) == 30
    assert sum(hours, Counter())["positive"] == 250


def test_what_was_restored_after_days_is_not_counted_again(resources: Resources, event_counts: EventCounts) -> None:
    event_counts.add(additions([a_prediction(at=NOON - timedelta(days=4))]))
    assert counted(resources) == {}


class Busy:
    """A DynamoDB that cancels the first transactions."""

    def __init__(self, client: DynamoDBClient, cancelled: int) -> None:
        self._client = client
        self._cancelled = cancelled
        self.shards: list[str] = []

    def transact_write_items(self, **request: Any) -> Any:  # noqa: ANN401 - passed on
        updates = [write["Update"] for write in request["TransactItems"] if "Update" in write]
        self.shards.append(updates[0]["Key"]["entry"]["S"].rpartition("#")[2])
        if self._cancelled:
            self._cancelled -= 1
            reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}]
            answer: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise ClientError(answer, "TransactWriteItems")
        return self._client.transact_write_items(**request)


def test_counters_in_use_are_left_for_another_shard(resources: Resources) -> None:
    busy: Any = Busy(resources.dynamodb, cancelled=2)
    EventCounts(resources.monitoring, busy, lambda: NOON).add(additions([a_feedback()]))
    assert busy.shards == ["0", "1", "2"]
    assert counted(resources) == {"total feedback#7#voluntary": {"down": 1}}


def test_a_table_that_stays_busy_is_reported(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambdas.archive.counting.DEADLINE_S", 0.0)
    busy: Any = Busy(resources.dynamodb, cancelled=1)
    with pytest.raises(ClientError, match="TransactionCanceled"):
        EventCounts(resources.monitoring, busy, lambda: NOON).add(additions([a_feedback()]))
    assert counted(resources) == {}
