"""Makes tables, counters and lake agree after a crash.

A crash can undo the last seconds of writes to the tables, but not to the lake, or lose stream records before they are
archived. What only the lake has is restored to the tables, what only the tables have is archived, and the counters are
corrected. A second run changes nothing, and the API may answer meanwhile.

It reads whole tables, and no request waits for it.
"""

from __future__ import annotations

import hashlib
import logging
import random
import time
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from pydantic import ValidationError

from lambdas.archive.counting import addition
from lambdas.archive.records import line_of
from lambdas.shared.audit_table import audited_item, put_waiting
from lambdas.shared.aws import error_code
from lambdas.shared.booking import Tables, booking, refusal
from lambdas.shared.feedback_items import from_feedback_item, to_feedback_item
from lambdas.shared.feedback_keys import feedback_key
from lambdas.shared.items import from_item, to_item
from ops.reconcile import counters
from sentiment.schemas.events import FeedbackEvent, PredictionEvent
from sentiment.schemas.feedback_period import LIFETIME
from sentiment.schemas.prediction_id import made_before

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date, datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from lambdas.archive.counting import EventCounts
    from lambdas.shared.items import Event
    from lambdas.shared.raw_events import RawEvents
    from sentiment.schemas.events import Source

logger = logging.getLogger("reconcile")

LINES_A_FILE = 1000
_PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""The longest pause after each attempt to restore feedback that others are writing to."""


@dataclass(slots=True)
class Counts:
    """What a run did.

    Attributes:
        predictions_restored: Restored to their table from the lake.
        predictions_archived: Written to the lake from their table.
        feedback_restored: Restored to its table, or updated from the lake, with its counters.
        feedback_archived: Written to the lake from its table.
        buckets_corrected: Counters that did not match their feedback.
        unresolved: Items that could not be read or repaired, or whose prediction is lost; stderr names them.
    """

    predictions_restored: int = 0
    predictions_archived: int = 0
    feedback_restored: int = 0
    feedback_archived: int = 0
    buckets_corrected: int = 0
    unresolved: int = 0


class Reconciliation:
    """One run over all tables and the lake."""

    def __init__(
        self,
        tables: Tables,
        dynamodb: DynamoDBClient,
        raw_events: RawEvents,
        monitoring: EventCounts,
        now: datetime,
    ) -> None:
        self.counts = Counts()
        self._monitoring = monitoring
        self._tables = tables
        self._dynamodb = dynamodb
        self._raw_events = raw_events
        self._now = now

    def run(self, since: date) -> Counts:
        """Make everything agree: feedback from a day on, and predictions for their whole lifetime."""
        predictions = self._predictions()
        self._feedback(since, predictions)
        try:
            corrected, unsettled = counters.correct(self._dynamodb, self._tables.quality, self._all_feedback)
        except ValidationError:
            self._unresolved("the counters were not compared: some feedback cannot be read")
            return self.counts
        for bucket in corrected:
            logger.info("corrected the counters of %s", bucket)
        for bucket in unsettled:
            self._unresolved("the counters of %s change too often to be compared", bucket)
        self.counts.buckets_corrected = len(corrected)
        return self.counts

    def _predictions(self) -> set[str]:
        """Compare the predictions, and return the ids of all that are in the table afterwards."""
        in_table = {
            item["prediction_id"]["S"]
            for page in self._dynamodb.get_paginator("scan").paginate(
                TableName=self._tables.predictions, ConsistentRead=True, ProjectionExpression="prediction_id"
            )
            for item in page["Items"]
        }
        only_in_table = set(in_table)
        since = (self._now - LIFETIME).date()
        for event in self._lake_events("predictions", PredictionEvent, since):
            only_in_table.discard(event.prediction_id)
            if event.prediction_id not in in_table and event.expires_at > self._now.timestamp():
                self._restore_prediction(event)
                in_table.add(event.prediction_id)
        events = (self._prediction(prediction_id) for prediction_id in sorted(only_in_table))
        self.counts.predictions_archived += self._archive([event for event in events if event])
        return in_table

    def _restore_prediction(self, event: PredictionEvent) -> None:
        if event.audit_place is not None:
            self._list_again(event, event.audit_place)
        try:
            self._dynamodb.put_item(
                TableName=self._tables.predictions,
                Item=to_item(event),
                ConditionExpression="attribute_not_exists(prediction_id)",
            )
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":  # else somebody else restored it
                raise
            return
        logger.info("restored prediction %s", event.prediction_id)
        self.counts.predictions_restored += 1

    def _list_again(self, event: PredictionEvent, place: int) -> None:
        """Put an audited prediction back on the list of what waits for a reviewer's label, unless it has one."""
        item = audited_item(event, place)
        put_waiting(self._dynamodb, item, audit=self._tables.audit, feedback=self._tables.feedback)

    def _prediction(self, prediction_id: str) -> PredictionEvent | None:
        key = {"prediction_id": {"S": prediction_id}}
        found = self._dynamodb.get_item(TableName=self._tables.predictions, Key=key, ConsistentRead=True)
        return self._read_item(partial(from_item, PredictionEvent), found["Item"]) if "Item" in found else None

    def _stored_feedback(self, event: FeedbackEvent) -> FeedbackEvent | None:
        """Return the feedback from the same source that is in the table."""
        key = feedback_key(event.prediction_id, event.source)
        found = self._dynamodb.get_item(TableName=self._tables.feedback, Key=key, ConsistentRead=True)
        return self._read_item(from_feedback_item, found["Item"]) if "Item" in found else None

    def _feedback(self, since: date, predictions: set[str]) -> None:
        in_lake: dict[tuple[str, Source], FeedbackEvent] = {}
        for event in self._lake_events("feedback", FeedbackEvent, since):
            known = in_lake.get((event.prediction_id, event.source))
            if known is None or event.order > known.order:
                in_lake[event.prediction_id, event.source] = event
        to_archive = []
        for event in filter(None, (self._read_item(from_feedback_item, item) for item in self._feedback_items())):
            archived = in_lake.pop((event.prediction_id, event.source), None)
            self._expect_prediction(event, predictions)
            if archived and archived.order > event.order:
                self._restore_feedback(archived, event)
            elif event.updated_at.date() >= since and (archived is None or archived.order < event.order):
                to_archive.append(event)
        for event in in_lake.values():
            self._expect_prediction(event, predictions)
            self._restore_feedback(event, None)
        self.counts.feedback_archived += self._archive(to_archive)

    def _expect_prediction(self, event: FeedbackEvent, predictions: set[str]) -> None:
        if event.prediction_id not in predictions and not made_before(event.prediction_id, self._now - LIFETIME):
            self._unresolved("the prediction of feedback %s is lost", event.prediction_id)

    def _restore_feedback(self, event: FeedbackEvent, seen: FeedbackEvent | None) -> None:
        """Book the lake's feedback, unless the table has newer feedback by now."""
        for longest_pause_s in _PAUSES_S:
            if seen and seen.order >= event.order:
                return
            revision = max(event.revision, seen.revision + 1) if seen else event.revision
            restored = event.model_copy(update={"revision": revision})
            writes = booking(self._tables, restored, seen)
            try:
                self._dynamodb.transact_write_items(TransactItems=writes)
            except ClientError as error:
                if refusal(self._tables, error, writes) is None:
                    raise
                time.sleep(random.uniform(0, longest_pause_s))  # noqa: S311 - jitter
                seen = self._stored_feedback(event)
                continue
            logger.info("restored feedback %s", event.prediction_id)
            self.counts.feedback_restored += 1
            return
        self._unresolved("feedback %s was not restored: it or its counters change too often", event.prediction_id)

    def _feedback_items(self) -> Iterator[dict[str, Any]]:
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=self._tables.feedback, ConsistentRead=True)
        for page in pages:
            yield from page["Items"]

    def _all_feedback(self) -> Iterator[FeedbackEvent]:
        """Return all feedback or raise: feedback that is left out would be subtracted from the counters."""
        return (from_feedback_item(item) for item in self._feedback_items())

    def _archive(self, events: Sequence[PredictionEvent | FeedbackEvent]) -> int:
        """Write events to the lake, in files named after their content, and return how many."""
        found = (line_of({"dynamodb": {"NewImage": _item_of(event)}}) for event in events)
        lines = sorted(found, key=lambda line: (line.kind, line.day, line.json))
        for (kind, day), of_day in groupby(lines, key=lambda line: (line.kind, line.day)):
            texts = [line.json for line in of_day]
            for first in range(0, len(texts), LINES_A_FILE):
                part = texts[first : first + LINES_A_FILE]
                digest = hashlib.sha256("\n".join(part).encode()).hexdigest()[:32]
                key = self._raw_events.write(kind, day, f"reconciled-{digest}", part)
                logger.info("archived %d events: %s", len(part), key)
        self._monitoring.add(map(addition, lines))
        return len(lines)

    def _lake_events(self, kind: str, model: type[Event], since: date) -> Iterator[Event]:
        for key, number, line in self._raw_events.read(kind, since.isoformat()):
            try:
                yield model.model_validate_json(line)
            except ValidationError:
                self._unresolved("line %s of %s is not an event", number, key)

    def _read_item(self, read: Callable[[dict[str, Any]], Event], item: dict[str, Any]) -> Event | None:
        try:
            return read(item)
        except ValidationError:
            self._unresolved("item %s is not an event", item["prediction_id"]["S"])
            return None

    def _unresolved(self, message: str, *names: object) -> None:
        logger.warning(message, *names)
        self.counts.unresolved += 1


def _item_of(event: PredictionEvent | FeedbackEvent) -> dict[str, Any]:
    return to_feedback_item(event) if isinstance(event, FeedbackEvent) else to_item(event)
