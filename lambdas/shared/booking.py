"""The transaction that stores feedback and changes its counters, for the API and for `ops.reconcile`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from lambdas.shared.aws import error_code
from lambdas.shared.items import to_item

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.exceptions import ClientError
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from sentiment.schemas.events import FeedbackEvent

_RACE_LOST = frozenset(
    {"ConditionalCheckFailed", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
)
"""Reasons of a cancelled transaction after which to read the items again."""
_BUSY = frozenset({"TransactionInProgressException", "TransactionConflictException", "ThrottlingException"})


class Tables(NamedTuple):
    """Names of the DynamoDB tables."""

    predictions: str
    feedback: str
    quality: str


def booking(tables: Tables, event: FeedbackEvent, seen: FeedbackEvent | None) -> list[TransactWriteItemTypeDef]:
    """Return the writes that replace the event that was read, None for none, and change the counters accordingly."""
    put: TransactWriteItemTypeDef = {
        "Put": {
            "TableName": tables.feedback,
            "Item": to_item(event),
            "ConditionExpression": "attribute_not_exists(prediction_id)",
        }
    }
    changes: dict[str, Counter[str]] = {event.bucket: Counter({event.cell: 1})}
    if seen:
        put["Put"]["ConditionExpression"] = "revision = :seen AND updated_at = :seen_at"
        seen_item = to_item(seen)
        put["Put"]["ExpressionAttributeValues"] = {
            ":seen": seen_item["revision"],
            ":seen_at": seen_item["updated_at"],
        }
        changes.setdefault(seen.bucket, Counter()).subtract([seen.cell])
    return [put, *(_count(tables, bucket, cells) for bucket, cells in changes.items())]


def _count(tables: Tables, bucket: str, changes: Mapping[str, int]) -> TransactWriteItemTypeDef:
    return {
        "Update": {
            "TableName": tables.quality,
            "Key": {"bucket": {"S": bucket}},
            "UpdateExpression": "ADD " + ", ".join(f"{cell} :{cell}" for cell in changes),
            "ExpressionAttributeValues": {f":{cell}": {"N": str(change)} for cell, change in changes.items()},
        }
    }


def is_lost_race(error: ClientError) -> bool:
    """Return whether somebody else wrote first, so that the items must be read again."""
    if error_code(error) in _BUSY:
        return True
    reasons = error.response.get("CancellationReasons", [])
    return any(reason.get("Code") in _RACE_LOST for reason in reasons)
