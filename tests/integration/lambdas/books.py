"""Reads what the functions wrote to the tables, and stores predictions that take feedback."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lambdas.shared.audit_table import Places, audited_item
from lambdas.shared.booking import Tables
from lambdas.shared.feedback_items import from_feedback_item
from lambdas.shared.feedback_keys import feedback_key
from lambdas.shared.items import from_item, to_item
from sentiment.schemas.bucket import without_shard
from sentiment.schemas.events import PredictionEvent
from sentiment.schemas.feedback_period import LIFETIME
from sentiment.schemas.prediction_id import new_prediction_id

if TYPE_CHECKING:
    from sentiment.reviews.review import Label
    from sentiment.schemas.events import FeedbackEvent, Source
    from tests.integration.resources import Resources

CLIENT = "c" * 32


def a_prediction(
    resources: Resources,
    *,
    label: Label = "positive",
    made_at: datetime | None = None,
    audit: bool = False,
    text: str = "great",
    probability: float = 0.9,
) -> str:
    """Store a prediction and return its id; an audited one waits for a reviewer's label."""
    made_at = made_at or datetime.now(UTC)
    prediction_id = new_prediction_id(made_at)
    event = PredictionEvent(
        prediction_id=prediction_id,
        text=text,
        label=label,
        probability=probability,
        model_version="7",
        created_at=made_at,
        expires_at=int((made_at + LIFETIME).timestamp()),
        audit=audit,
        client=CLIENT,
        audit_place=1 if audit else None,
    )
    resources.dynamodb.put_item(TableName=resources.predictions, Item=to_item(event))
    if audit:
        Places(resources.audit, lambda: resources.dynamodb).take("audit", CLIENT, 1, made_at)
        resources.dynamodb.put_item(TableName=resources.audit, Item=audited_item(event, 1))
    return prediction_id


def stored_feedback(resources: Resources, prediction_id: str, source: Source = "voluntary") -> FeedbackEvent:
    found = resources.dynamodb.get_item(
        TableName=resources.feedback, Key=feedback_key(prediction_id, source), ConsistentRead=True
    )
    return from_feedback_item(found["Item"])


def waiting(resources: Resources) -> set[str]:
    """Return the ids of the predictions that wait for a reviewer's label."""
    items = resources.dynamodb.scan(TableName=resources.audit, ConsistentRead=True)["Items"]
    return {item["entry"]["S"] for item in items if "drawn" not in item}


def counters(resources: Resources) -> dict[str, dict[str, int]]:
    """Return the counters of each hour, model version and source, summed over their shards, without zeros."""
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for item in resources.dynamodb.scan(TableName=resources.quality)["Items"]:
        cells = {name: int(value["N"]) for name, value in item.items() if "N" in value}
        sums[without_shard(item["bucket"]["S"])].update(cells)
    return {bucket: {name: count for name, count in cells.items() if count} for bucket, cells in sums.items()}


def totals(resources: Resources) -> Counter[str]:
    return sum((Counter(cells) for cells in counters(resources).values()), Counter())


def tables(resources: Resources) -> Tables:
    return Tables(resources.predictions, resources.feedback, resources.quality, resources.audit)


def stored_prediction(resources: Resources, prediction_id: str) -> PredictionEvent:
    found = resources.dynamodb.get_item(
        TableName=resources.predictions, Key={"prediction_id": {"S": prediction_id}}, ConsistentRead=True
    )
    return from_item(PredictionEvent, found["Item"])


def count_stored(resources: Resources) -> int:
    count: int = resources.dynamodb.scan(TableName=resources.predictions, Select="COUNT")["Count"]
    return count
