"""Items of the feedback table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdas.shared.feedback_keys import REVIEWER_KEY, feedback_key
from lambdas.shared.items import from_item, to_item
from sentiment.schemas.events import FeedbackEvent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


def to_feedback_item(event: FeedbackEvent) -> dict[str, AttributeValueTypeDef]:
    """Return the event as an item."""
    return {**to_item(event), **feedback_key(event.prediction_id, event.source)}


def from_feedback_item(item: Mapping[str, Any]) -> FeedbackEvent:
    """Return the event that an item holds, with the prediction's plain id.

    Raises:
        pydantic.ValidationError: The item is no feedback.
    """
    key = str(item["prediction_id"]["S"])
    return from_item(FeedbackEvent, {**item, "prediction_id": {"S": key.removesuffix(REVIEWER_KEY)}})
