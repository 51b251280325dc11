"""Corrects the quality counters to match the feedback items."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.shared.aws import error_code
from sentiment.schemas.bucket import day_of, without_shard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from sentiment.schemas.events import FeedbackEvent

CELLS = ("tp", "fp", "tn", "fn")
_ROUNDS = 5
_CHANGED_MEANWHILE = frozenset({"ConditionalCheckFailedException", "TransactionConflictException"})

Cells = Counter[str]
Difference = tuple[Cells, Cells]
"""What a bucket counts, and what it should count."""


def correct(
    dynamodb: DynamoDBClient, quality_table: str, feedback: Callable[[], Iterator[FeedbackEvent]]
) -> tuple[list[str], list[str]]:
    """Correct every bucket that does not match its feedback.

    Safe while feedback comes in: a bucket is corrected if two comparisons in a row found the same difference and it
    has not changed since; otherwise it is compared again.

    `feedback` reads all feedback at each call.

    Returns:
        Buckets, without their shards, that were corrected, and those that changed too often to be compared.

    Raises:
        pydantic.ValidationError: Some feedback cannot be read, so the right counts are unknown.
    """
    corrected: set[str] = set()
    before: Mapping[str, Difference] = {}
    for _ in range(_ROUNDS):
        wrong = _differences(dynamodb, quality_table, feedback)
        if not wrong:
            return _without_shards(corrected), []
        for bucket, (counted, right) in wrong.items():
            if before.get(bucket) == (counted, right) and _set(dynamodb, quality_table, bucket, counted, right):
                corrected.add(bucket)
        before = wrong
    left = _differences(dynamodb, quality_table, feedback)
    return _without_shards(corrected), _without_shards(left)


def _without_shards(buckets: Iterable[str]) -> list[str]:
    return sorted({without_shard(bucket) for bucket in buckets})


def _differences(
    dynamodb: DynamoDBClient, quality_table: str, feedback: Callable[[], Iterator[FeedbackEvent]]
) -> dict[str, Difference]:
    """Compare counters with feedback.

    Counters are read first: feedback booked in the meantime makes the correction's condition fail.
    """
    counted: dict[str, Cells] = {}
    for page in dynamodb.get_paginator("scan").paginate(TableName=quality_table, ConsistentRead=True):
        for item in page["Items"]:
            counted[item["bucket"]["S"]] = Counter({cell: int(item[cell]["N"]) for cell in CELLS if cell in item})
    right: dict[str, Cells] = {}
    for event in feedback():
        right.setdefault(event.bucket, Counter())[event.cell] += 1
    return {
        bucket: (counted.get(bucket, Counter()), right.get(bucket, Counter()))
        for bucket in sorted({*counted, *right})
        if counted.get(bucket, Counter()) != right.get(bucket, Counter())
    }


def _set(dynamodb: DynamoDBClient, quality_table: str, bucket: str, counted: Cells, right: Cells) -> bool:
    """Set a bucket unless it has changed, and return whether it was set."""
    values: dict[str, AttributeValueTypeDef] = {f":{cell}": {"N": str(right[cell])} for cell in CELLS}
    values |= {f":old_{cell}": {"N": str(count)} for cell, count in counted.items()}
    values[":day"] = {"S": day_of(bucket)}
    conditions = [f"{cell} = :old_{cell}" if cell in counted else f"attribute_not_exists({cell})" for cell in CELLS]
    try:
        dynamodb.update_item(
            TableName=quality_table,
            Key={"bucket": {"S": bucket}},
            UpdateExpression="SET utc_day = :day, " + ", ".join(f"{cell} = :{cell}" for cell in CELLS),
            ConditionExpression=" AND ".join(conditions),
            ExpressionAttributeValues=values,
        )
    except ClientError as error:
        if error_code(error) not in _CHANGED_MEANWHILE:
            raise
        return False
    return True
