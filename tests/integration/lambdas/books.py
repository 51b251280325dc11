"""Reads what the functions wrote to the tables, and stores predictions that take feedback."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lambdas.shared.booking import Tables
from lambdas.shared.items import from_item, to_item
from sentiment.schemas.bucket import without_shard
from sentiment.schemas.events import FeedbackEvent, PredictionEvent
from sentiment.schemas.feedback_period import LIFETIME
from sentiment.schemas.prediction_id import is_audit, new_prediction_id

if TYPE_CHECKING:
    from sentiment.reviews.review import Label
    from tests.integration.resources import Resources


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


def stored_feedback(resources: Resources, prediction_id: str) -> FeedbackEvent:
    found = resources.dynamodb.get_item(
        TableName=resources.feedback, Key={"prediction_id": {"S": prediction_id}}, ConsistentRead=True
    )
    return from_item(FeedbackEvent, found["Item"])


def counters(resources: Resources) -> dict[str, dict[str, int]]:
    """Return the counters of each hour, model version and source, summed over their shards, without zeros."""
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for item in resources.dynamodb.scan(TableName=resources.quality)["Items"]:
        cells = {name: int(value["N"]) for name, value in item.items() if name != "bucket"}
        sums[without_shard(item["bucket"]["S"])].update(cells)
    return {bucket: {name: count for name, count in cells.items() if count} for bucket, cells in sums.items()}


def totals(resources: Resources) -> Counter[str]:
    return sum((Counter(cells) for cells in counters(resources).values()), Counter())


def tables(resources: Resources) -> Tables:
    return Tables(resources.predictions, resources.feedback, resources.quality)


def stored_prediction(resources: Resources, prediction_id: str) -> PredictionEvent:
    found = resources.dynamodb.get_item(
        TableName=resources.predictions, Key={"prediction_id": {"S": prediction_id}}, ConsistentRead=True
    )
    return from_item(PredictionEvent, found["Item"])


def count_stored(resources: Resources) -> int:
    count: int = resources.dynamodb.scan(TableName=resources.predictions, Select="COUNT")["Count"]
    return count
