"""Lines of the lake's `raw/` files: one event each, as the archive function writes them.

An event may stand in the lake more than once: a stream delivers at least once, and a repeated delivery may
be cut into other batches. Of the feedback events of one prediction, readers keep the one with the greatest
`order`.
"""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from sentiment.reviews.review import Label
from sentiment.schemas.api import PredictionId, Verdict
from sentiment.schemas.pointer import ModelVersion

BUCKET_PATTERN = r"^\d{4}-\d{2}-\d{2}T\d{2}#[0-9A-Za-z._-]{1,64}#(voluntary|audit)$"


class PredictionEvent(BaseModel):
    """A prediction was made."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    prediction_id: PredictionId
    text: str
    product_id: str | None = None
    label: Label
    probability: float = Field(ge=0, le=1)
    model_version: ModelVersion
    created_at: AwareDatetime
    expires_at: int = Field(description="Unix seconds.")
    audit: bool


class FeedbackEvent(BaseModel):
    """Somebody judged a prediction, for the first time or anew."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    prediction_id: PredictionId
    verdict: Verdict
    label: Label
    predicted: Label
    model_version: ModelVersion
    audit: bool
    rater: str | None = None
    bucket: Annotated[str, Field(pattern=BUCKET_PATTERN)]
    cell: Annotated[str, Field(pattern="^(tp|fp|tn|fn)$")]
    created_at: AwareDatetime
    updated_at: AwareDatetime
    revision: int = Field(ge=1)

    @property
    def order(self) -> tuple[datetime, int]:
        """The event with the greatest order of its prediction is the judgement that holds."""
        return self.updated_at, self.revision
