"""Events in the lake's `raw/` files, one per line, as the archive function writes them.

An event may occur more than once: a stream delivers at least once, and may batch a repeated delivery differently. Of
one prediction's feedback events from one source, readers keep the one with the greatest `order`.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from sentiment.evaluation.audit_draw import Draw
from sentiment.reviews.review import Label
from sentiment.schemas.api import PredictionId, Verdict
from sentiment.schemas.bucket import PATTERN as BUCKET_PATTERN
from sentiment.schemas.pointer import ModelVersion

Source = Literal["voluntary", "reviewer"]
"""Who says it: anybody, or a reviewer, who comes with an API key of their own."""


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
    client: str | None = Field(default=None, description="Keyed hash of the API key's id; null in old events.")
    audit_place: int | None = Field(
        default=None,
        ge=1,
        description="Which of its client's audited predictions of the hour it is; null in old events.",
    )
    reference_bins: Annotated[str, Field(pattern=r"^[0-9-]{3}$")] | None = Field(
        default=None,
        description="Its bin in each histogram of the model's reference (`sentiment.model.reference`), `-` for none; "
        "null in old events.",
    )


class FeedbackEvent(BaseModel):
    """A verdict on a prediction from one source, the first one or a changed one."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    prediction_id: PredictionId
    verdict: Verdict
    label: Label
    predicted: Label
    model_version: ModelVersion
    audit: bool
    rater: str | None = None
    client: str | None = Field(default=None, description="Keyed hash of the API key's id; null in old events.")
    source: Source = "voluntary"
    draw: Draw | None = Field(
        default=None, description="Why a reviewer was asked; null in voluntary feedback and where nobody asked."
    )
    bucket: Annotated[str, Field(pattern=BUCKET_PATTERN)]
    cell: Annotated[str, Field(pattern="^(tp|fp|tn|fn)$")]
    created_at: AwareDatetime
    updated_at: AwareDatetime
    revision: int = Field(ge=1)

    @property
    def order(self) -> tuple[datetime, int]:
        """Sort key: of one prediction's events from one source, the greatest is the verdict that counts."""
        return self.updated_at, self.revision
