"""Events in the lake's `raw/` files, one per line, as the archive function writes them.

An event may occur more than once: a stream delivers at least once, and may batch a repeated delivery differently. Of
one prediction's feedback events, readers keep the one with the greatest `order`.
"""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from sentiment.reviews.review import Label
from sentiment.schemas.api import PredictionId, Verdict
from sentiment.schemas.bucket import PATTERN as BUCKET_PATTERN
from sentiment.schemas.pointer import ModelVersion


class PredictionEvent(BaseModel):
    """A prediction."""

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
    """A verdict on a prediction, the first one or a changed one."""

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
        """Sort key: of one prediction's events, the greatest is the verdict that counts."""
        return self.updated_at, self.revision
