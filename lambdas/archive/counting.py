"""Counts predictions and feedback in the monitoring table: each event once, however often it is delivered.

The counts, and a note for each event that it is counted, are written in one transaction, which does nothing if one of
the events has its note already. Notes are kept for longer than a stream keeps its records.
"""

from __future__ import annotations

import logging
import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from lambdas.shared.aws import error_code
from lambdas.shared.monitoring_table import (
    KEPT_DAYS,
    PROBABILITY_UNIT,
    REMEMBERED_DAYS,
    SHARDS,
    TOTAL,
    TOTALS_KEPT_DAYS,
    Entry,
    feedback_total,
    hour_of_predictions,
    note_of,
    predictions_total,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from lambdas.archive.records import Line

MOST_WRITES = 100
"""The most that TransactWriteItems takes."""
DEADLINE_S = 30.0
"""No transaction starts after it; what is not counted by then is delivered again."""
_LONGEST_PAUSE_S = 0.2
_CANCELLED = "TransactionCanceledException"
_COUNTED = "ConditionalCheckFailed"
_BUSY = frozenset(
    {
        *("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"),  # reasons of a cancellation
        *("ThrottlingException", "TransactionInProgressException"),
    }
)

logger = logging.getLogger(__name__)


class Addition(NamedTuple):
    """What one event adds to the counts.

    Attributes:
        event: Tells it from all others.
        at: When it happened.
        counts: How much of what, by entry, without a shard.
    """

    event: str
    at: datetime
    counts: Mapping[Entry, Counter[str]]


def addition(line: Line) -> Addition:
    """Return what a prediction or feedback adds."""
    return _of_prediction(line.event) if line.kind == "predictions" else _of_feedback(line.event)


def _of_prediction(event: Mapping[str, Any]) -> Addition:
    """Return a prediction's addition: its label, the sum of probabilities, its bins, and whether it is audited."""
    version, label = event["model_version"], event["label"]
    at = datetime.fromisoformat(event["created_at"]).astimezone(UTC)
    predicted = +Counter({label: 1, f"{label}_probability": round(event["probability"] * PROBABILITY_UNIT)})
    counts = predicted + Counter(audited=int(event["audit"]))
    bins = event.get("reference_bins", "")
    counts.update(f"bin_{feature}_{digit}" for feature, digit in enumerate(bins) if digit.isdigit())
    return Addition(
        f"prediction#{event['prediction_id']}",
        at,
        {predictions_total(version): predicted, hour_of_predictions(f"{at:%Y-%m-%dT%H}", version): counts},
    )


def _of_feedback(event: Mapping[str, Any]) -> Addition:
    """Return the addition of a verdict, which is a first or a changed one."""
    source = event["bucket"].split("#")[2]
    giver = event.get("source", "voluntary")
    return Addition(
        f"feedback#{event['prediction_id']}#{giver}#{event['revision']}",
        datetime.fromisoformat(event["updated_at"]).astimezone(UTC),
        {feedback_total(event["model_version"], source): Counter({event["verdict"]: 1})},
    )


class EventCounts:
    """The counts in the monitoring table."""

    def __init__(self, table: str, dynamodb: DynamoDBClient, now: Callable[[], datetime]) -> None:
        self._table = table
        self._dynamodb = dynamodb
        self._now = now

    def add(self, additions: Iterable[Addition]) -> None:
        """Count the events that are not counted yet.

        An event that is older than the notes is left out: no stream delivers it, so it was restored from the lake, and
        had been counted before.

        Raises:
            ClientError: DynamoDB refused, or stayed busy.
            BotoCoreError: DynamoDB did not answer in time.
        """
        now = self._now()
        give_up_at = time.monotonic() + DEADLINE_S
        oldest = now - timedelta(days=REMEMBERED_DAYS)
        events = {one.event: one for one in additions if one.at > oldest}
        for part in _parts(list(events.values())):
            self._add(part, now, give_up_at)

    def _add(self, events: Sequence[Addition], now: datetime, give_up_at: float) -> None:
        """Count events whose writes fit into one transaction."""
        shard = 0
        while events:
            writes = self._writes(events, shard, now)
            try:
                self._dynamodb.transact_write_items(TransactItems=writes)
            except ClientError as error:
                # The reasons are in the order of the writes, which begin with the notes.
                reasons = [str(reason.get("Code")) for reason in error.response.get("CancellationReasons", [])]
                counted = {one.event for one, reason in zip(events, reasons, strict=False) if reason == _COUNTED}
                busy = not _BUSY.isdisjoint({*reasons, error_code(error)})
                if not counted and (not busy or time.monotonic() > give_up_at):
                    raise
                events = [one for one in events if one.event not in counted]
                if busy:
                    time.sleep(random.uniform(0, _LONGEST_PAUSE_S))  # noqa: S311 - jitter
                    shard = (shard + 1) % SHARDS
            else:
                return

    def _writes(self, events: Sequence[Addition], shard: int, now: datetime) -> list[TransactWriteItemTypeDef]:
        def until(days: int) -> str:
            return str(int((now + timedelta(days=days)).timestamp()))

        writes: list[TransactWriteItemTypeDef] = [
            {
                "Put": {
                    "TableName": self._table,
                    "Item": {**note_of(one.event).key, "expires_at": {"N": until(REMEMBERED_DAYS)}},
                    "ConditionExpression": "attribute_not_exists(series)",
                }
            }
            for one in events
        ]
        for entry, counts in _summed(events).items():
            values = {f":{name}": {"N": str(count)} for name, count in counts.items()}
            kept = until(TOTALS_KEPT_DAYS if entry.series == TOTAL else KEPT_DAYS)
            writes.append(
                {
                    "Update": {
                        "TableName": self._table,
                        "Key": entry.of_shard(shard).key,
                        "UpdateExpression": "ADD "
                        + ", ".join(f"{name} :{name}" for name in counts)
                        + " SET expires_at = :kept",
                        "ExpressionAttributeValues": {**values, ":kept": {"N": kept}},
                    }
                }
            )
        return writes


def _summed(events: Iterable[Addition]) -> dict[Entry, Counter[str]]:
    sums: dict[Entry, Counter[str]] = {}
    for one in events:
        for entry, counts in one.counts.items():
            sums.setdefault(entry, Counter()).update(counts)
    return sums


def _parts(events: Sequence[Addition]) -> Iterator[list[Addition]]:
    """Yield the events in parts whose notes and sums fit into one transaction."""
    part: list[Addition] = []
    entries: set[Entry] = set()
    for one in events:
        if len(part) + 1 + len(entries | one.counts.keys()) > MOST_WRITES:
            yield part
            part, entries = [], set()
        part.append(one)
        entries |= one.counts.keys()
    if part:
        yield part
