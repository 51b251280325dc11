"""Keys of the feedback table: one for each prediction and source, so that neither can take the other's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from sentiment.schemas.events import Source

REVIEWER_KEY = "#reviewer"
"""The end of a reviewer's key. Voluntary feedback has the prediction's id alone, as before there were reviewers."""


def feedback_key(prediction_id: str, source: Source) -> dict[str, AttributeValueTypeDef]:
    """Return the key of the item with a source's feedback on a prediction."""
    return {"prediction_id": {"S": prediction_id + (REVIEWER_KEY if source == "reviewer" else "")}}
