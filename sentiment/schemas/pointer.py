"""`serving/production.json`: the model in production. The registry writes it, the functions read it."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

POINTER_KEY = "serving/production.json"

ModelVersion = Annotated[str, Field(pattern=r"^[0-9A-Za-z._-]{1,64}$")]
"""Without `#`, which separates the parts of a bucket's name."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class DataWindow(BaseModel):
    """The time span of the reviews that a model was trained on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: AwareDatetime | None = Field(description="Of the first review; null where none has a time.")
    end: AwareDatetime | None = Field(description="Of the last review; null where none has a time.")
    replayed: bool = Field(description="The times are those of a sample, shifted to look recent.")


class Change(BaseModel):
    """Why a pointer was written, so that whoever replaces it can put on record what was served before."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["promotion", "rollback", "by hand", "repair"]
    reason: str = Field(description="In a sentence, for people.")
    decision_id: str | None = Field(default=None, description="Of the decision that allowed it, in the audit log.")
    run_id: str | None = Field(default=None, description="Of the retraining that made it.")
    at: AwareDatetime | None = Field(default=None, description="When, where that is not when it was promoted.")


class Pointer(BaseModel):
    """The model in production.

    A field that a later version adds is ignored here, so that an older function goes on reading the pointer.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    model_version: ModelVersion
    run_id: str = Field(min_length=1, description="Run of the tracking server that made the model.")
    artifact_uri: str = Field(pattern=r"^s3://[^/]+/.+$")
    sha256: Sha256 = Field(description="Checksum of the artifact's bytes.")
    trained_at: AwareDatetime
    promoted_at: AwareDatetime
    previous_version: ModelVersion | None = None
    metrics: dict[str, float] = Field(default_factory=dict, description="On the held-out reviews.")
    data_window: DataWindow
    feature_service: str | None = Field(default=None, description="That the training data came from.")
    data_sha256: Sha256 | None = Field(
        default=None, description="Of the data trained on: of a retraining's frozen frame."
    )
    change: Change | None = Field(default=None, description="Why this version is served; null of an old pointer.")

    @property
    def artifact_location(self) -> tuple[str, str]:
        """Bucket and key of the artifact."""
        bucket, _, key = self.artifact_uri.removeprefix("s3://").partition("/")
        return bucket, key
