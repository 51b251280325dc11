"""Tables and a lake in the states that a crash can leave."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from lambdas.archive.batch import archive
from lambdas.archive.counting import EventCounts
from lambdas.feedback.ledger import Ledger
from lambdas.inference.predictions import PredictionTable
from lambdas.shared import aws
from lambdas.shared.booking import Tables
from lambdas.shared.feedback_items import from_feedback_item, to_feedback_item
from lambdas.shared.items import to_item
from lambdas.shared.raw_events import RawEvents
from ops.reconcile.reconciliation import Reconciliation
from sentiment.clock import utc_now
from sentiment.schemas.events import FeedbackEvent, PredictionEvent
from sentiment.schemas.feedback_period import LIFETIME
from sentiment.schemas.prediction_id import new_prediction_id

if TYPE_CHECKING:
    from sentiment.reviews.review import Label
    from sentiment.schemas.api import Verdict
    from tests.integration.resources import Resources


EPOCH = date(1970, 1, 1)


class World:
    """Tables and lake, written the way the functions write them."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources
        self.tables = Tables(resources.predictions, resources.feedback, resources.quality, resources.audit)
        self.ledger = Ledger(self.tables, aws.dynamodb)
        self.raw_events = RawEvents(resources.lake, resources.s3)
        self.event_counts = EventCounts(resources.monitoring, resources.dynamodb, utc_now)
        self._sequence = 0

    def predict(self, *, made_at: datetime | None = None, to_lake: bool = True, audit: bool = False) -> PredictionEvent:
        made_at = made_at or datetime.now(UTC)
        event = PredictionEvent(
            prediction_id=new_prediction_id(made_at),
            text="great",
            label="positive",
            probability=0.9,
            model_version="7",
            created_at=made_at,
            expires_at=int((made_at + LIFETIME).timestamp()),
            audit=audit,
            audit_place=1 if audit else None,
        )
        PredictionTable(self.tables.predictions, self.tables.audit, aws.dynamodb).put([event])
        if to_lake:
            self.deliver(event)
        return event

    def give_feedback(self, prediction: PredictionEvent, verdict: Verdict, *, to_lake: bool = True) -> FeedbackEvent:
        event = self.ledger.record(prediction.prediction_id, verdict, None).event
        if to_lake:
            self.deliver(event)
        return event

    def review(self, prediction: PredictionEvent, label: Label, *, to_lake: bool = True) -> FeedbackEvent:
        event = self.ledger.review(prediction.prediction_id, label, None).event
        if to_lake:
            self.deliver(event)
        return event

    def deliver(self, event: PredictionEvent | FeedbackEvent) -> None:
        self._sequence += 1
        image = to_feedback_item(event) if isinstance(event, FeedbackEvent) else to_item(event)
        dynamodb = {"SequenceNumber": f"{self._sequence:021}", "NewImage": image}
        archive([{"eventName": "INSERT", "dynamodb": dynamodb}], self.raw_events, self.event_counts)

    def snapshot(self) -> dict[str, list[dict[str, Any]]]:
        return {table: self.resources.dynamodb.scan(TableName=table)["Items"] for table in self.tables}

    def roll_back(self, snapshot: dict[str, list[dict[str, Any]]]) -> None:
        """Do what `kill -9` does to the emulator's tables; its S3 stays."""
        for table, items in self.snapshot().items():
            key = {self.tables.quality: "bucket", self.tables.audit: "entry"}.get(table, "prediction_id")
            for item in items:
                self.resources.dynamodb.delete_item(TableName=table, Key={key: item[key]})
        for table, items in snapshot.items():
            for item in items:
                self.resources.dynamodb.put_item(TableName=table, Item=item)

    def reconcile(self, since: date = EPOCH) -> dict[str, int]:
        """Return the counts that are not zero."""
        run = Reconciliation(
            self.tables, self.resources.dynamodb, self.raw_events, self.event_counts, now=datetime.now(UTC)
        )
        return {name: count for name, count in asdict(run.run(since)).items() if count}

    def items(self) -> list[FeedbackEvent]:
        """Return all feedback, a reviewer's labels included."""
        return [from_feedback_item(item) for item in self.snapshot()[self.tables.feedback]]

    def feedback(self) -> dict[str, FeedbackEvent]:
        """Return the voluntary feedback by prediction."""
        return {event.prediction_id: event for event in self.items() if event.source == "voluntary"}

    def waiting(self) -> set[str]:
        """Return the predictions that wait for a reviewer's label."""
        return {item["entry"]["S"] for item in self.snapshot()[self.tables.audit]}

    def counters(self) -> Counter[str]:
        totals: Counter[str] = Counter()
        for item in self.snapshot()[self.tables.quality]:
            totals.update({name: int(value["N"]) for name, value in item.items() if "N" in value})
        return +totals

    def lake_ids(self, kind: str) -> Counter[str]:
        return Counter(json.loads(line)["prediction_id"] for _, _, line in self.raw_events.read(kind, "1970-01-01"))

    def assert_agreement(self) -> None:
        """Everything is counted, everything is archived, and a second run finds nothing to do."""
        assert self.counters() == Counter(event.cell for event in self.items())
        assert self.feedback().keys() <= self.lake_ids("feedback").keys()
        assert self.reconcile() == {}
