"""The transaction that stores feedback and changes its counters, for the API and for `ops.reconcile`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, NamedTuple

from lambdas.shared.audit_table import waiting_key
from lambdas.shared.aws import error_code
from lambdas.shared.feedback_items import to_feedback_item
from sentiment.schemas.bucket import day_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from botocore.exceptions import ClientError
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from sentiment.schemas.events import FeedbackEvent

Refusal = Literal["race", "counting", "throttled"]
"""Why DynamoDB refused a transaction that is safe to try again.

- `race`: somebody else wrote to the same prediction's items: read them again.
- `counting`: another transaction wrote to the counters at that moment. What was read still holds: write again.
- `throttled`: DynamoDB takes no more at the moment. What was read still holds: write again.
"""
_CONFLICT = "TransactionConflict"
_THROTTLED = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded", "ThrottlingException"})
_IN_PROGRESS = "TransactionInProgressException"
"""An earlier attempt of the same call is still being written."""


class Tables(NamedTuple):
    """Names of the DynamoDB tables."""

    predictions: str
    feedback: str
    quality: str
    audit: str


def booking(tables: Tables, event: FeedbackEvent, seen: FeedbackEvent | None) -> list[TransactWriteItemTypeDef]:
    """Return the writes that replace the event that was read, None for none, and change the counters accordingly.

    A prediction that a reviewer labels no longer waits for a label.
    """
    put: TransactWriteItemTypeDef = {
        "Put": {
            "TableName": tables.feedback,
            "Item": to_feedback_item(event),
            "ConditionExpression": "attribute_not_exists(prediction_id)",
        }
    }
    changes: dict[str, Counter[str]] = {event.bucket: Counter({event.cell: 1})}
    if seen:
        put["Put"]["ConditionExpression"] = "revision = :seen AND updated_at = :seen_at"
        seen_item = to_feedback_item(seen)
        put["Put"]["ExpressionAttributeValues"] = {
            ":seen": seen_item["revision"],
            ":seen_at": seen_item["updated_at"],
        }
        changes.setdefault(seen.bucket, Counter()).subtract([seen.cell])
    writes = [put, *(_count(tables, bucket, cells) for bucket, cells in changes.items())]
    if event.source == "reviewer":
        writes.append({"Delete": {"TableName": tables.audit, "Key": waiting_key(event.prediction_id)}})
    return writes


def _count(tables: Tables, bucket: str, changes: Mapping[str, int]) -> TransactWriteItemTypeDef:
    return {
        "Update": {
            "TableName": tables.quality,
            "Key": {"bucket": {"S": bucket}},
            "UpdateExpression": "ADD " + ", ".join(f"{cell} :{cell}" for cell in changes) + " SET utc_day = :day",
            "ExpressionAttributeValues": {
                **{f":{cell}": {"N": str(change)} for cell, change in changes.items()},
                ":day": {"S": day_of(bucket)},
            },
        }
    }


def refusal(tables: Tables, error: ClientError, writes: Sequence[TransactWriteItemTypeDef]) -> Refusal | None:
    """Return why DynamoDB refused these writes; None if another attempt would not help."""
    if error_code(error) == _IN_PROGRESS:
        return "race"
    if error_code(error) in _THROTTLED:
        return "throttled"
    reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]  # in the writes' order
    conflicts = [write for write, reason in zip(writes, reasons, strict=False) if reason == _CONFLICT]
    if "ConditionalCheckFailed" in reasons or not all(_counts(tables, write) for write in conflicts):
        return "race"
    if conflicts:
        return "counting"
    return None if _THROTTLED.isdisjoint(reasons) else "throttled"


def _counts(tables: Tables, write: TransactWriteItemTypeDef) -> bool:
    return "Update" in write and write["Update"]["TableName"] == tables.quality
