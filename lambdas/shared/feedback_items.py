"""Items of the feedback table: one for each prediction and source, so that neither can take the other's place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdas.shared.items import from_item, to_item
from sentiment.schemas.events import FeedbackEvent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from sentiment.schemas.events import Source

REVIEWER_KEY = "#reviewer"
"""The end of a reviewer's key. Voluntary feedback has the prediction's id alone, as before there were reviewers."""


def feedback_key(prediction_id: str, source: Source) -> dict[str, AttributeValueTypeDef]:
    """Return the key of the item with a source's feedback on a prediction."""
    return {"prediction_id": {"S": prediction_id + (REVIEWER_KEY if source == "reviewer" else "")}}


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
