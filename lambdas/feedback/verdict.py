"""What feedback means: the true label, the cell of the confusion matrix, the bucket of the counters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from sentiment.reviews.review import Label  # noqa: TC001 - pydantic reads it
from sentiment.schemas.bucket import shard_of
from sentiment.schemas.pointer import ModelVersion  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from datetime import datetime

    from sentiment.schemas.api import Verdict
    from sentiment.schemas.events import Source

Cell = Literal["tp", "fp", "tn", "fn"]


class StoredPrediction(BaseModel):
    """The part of a stored prediction that feedback needs.

    Attributes:
        label: The predicted label.
        probability: Of positive.
        model_version: The version that predicted it.
        audit: Whether it belongs to the audit draw.
        expires_at: Unix seconds.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    label: Label
    probability: float
    model_version: ModelVersion
    audit: bool
    expires_at: int


def true_label(predicted: Label, verdict: Verdict) -> Label:
    """Return the predicted label if the verdict is `up`, else the other label."""
    if verdict == "up":
        return predicted
    return "negative" if predicted == "positive" else "positive"


def verdict_of(predicted: Label, label: Label) -> Verdict:
    """Return the verdict that says the same as a reviewer's label."""
    return "up" if label == predicted else "down"


def cell_of(predicted: Label, verdict: Verdict) -> Cell:
    """Return the cell of the confusion matrix; `positive` is the positive class."""
    if predicted == "positive":
        return "tp" if verdict == "up" else "fp"
    return "tn" if verdict == "up" else "fn"


def bucket_of(prediction_id: str, prediction: StoredPrediction, source: Source, first_at: datetime) -> str:
    """Return the key of the counters: UTC hour of the first feedback, model version, where it comes from, shard.

    Thumbs are `voluntary`, whatever they are on. A reviewer's label is `audit` if its prediction was drawn from all of
    them; else it is `reviewed`, because votes or the model's doubt chose what it is on.
    """
    drawn = "audit" if prediction.audit else "reviewed"
    origin = drawn if source == "reviewer" else source
    return f"{first_at:%Y-%m-%dT%H}#{prediction.model_version}#{origin}#{shard_of(prediction_id)}"
