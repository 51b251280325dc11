"""The pointer, `serving/production.json`: which model is in production. The registry writes it, functions read it."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

POINTER_KEY = "serving/production.json"
REFRESH_S = 30.0
"""How often each function reads the pointer, in seconds: by then it serves a new version."""
SERVED_SOON = f"it is served within {REFRESH_S:.0f} s"

ModelVersion = Annotated[str, Field(pattern=r"^[0-9A-Za-z._-]{1,64}$")]
"""No `#`, which separates the parts of a bucket's name."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class DataWindow(BaseModel):
    """The time span of the reviews that a model was trained on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: AwareDatetime | None = Field(description="Time of the first review; null if none has a time.")
    end: AwareDatetime | None = Field(description="Time of the last review; null if none has a time.")
    replayed: bool = Field(description="Whether the times are those of a sample, shifted to look recent.")


class Change(BaseModel):
    """Why a pointer was written; its successor's audit entry records it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["promotion", "rollback", "by hand", "repair"]
    reason: str = Field(description="One sentence, for people.")
    decision_id: str | None = Field(default=None, description="Id in the audit log of the decision that allowed it.")
    run_id: str | None = Field(default=None, description="Id of the retraining run that made it.")
    at: AwareDatetime | None = Field(default=None, description="When, if not at `promoted_at`.")


class Pointer(BaseModel):
    """The model in production.

    Unknown fields are ignored, so that an older function can read a newer pointer.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    model_version: ModelVersion
    run_id: str = Field(min_length=1, description="Id of the MLflow run that made the model.")
    artifact_uri: str = Field(pattern=r"^s3://[^/]+/.+$")
    sha256: Sha256 = Field(description="Checksum of the artifact.")
    trained_at: AwareDatetime
    promoted_at: AwareDatetime
    previous_version: ModelVersion | None = None
    metrics: dict[str, float] = Field(default_factory=dict, description="On the held-out reviews.")
    data_window: DataWindow
    feature_service: str | None = Field(
        default=None, description="Feast's feature service that the training data came from."
    )
    data_sha256: Sha256 | None = Field(
        default=None, description="Checksum of the training data: of a retraining's frozen training frame."
    )
    held_out_key: str | None = Field(
        default=None, description="Fingerprint of the key that held out what is new in its data; null in old pointers."
    )
    change: Change | None = Field(default=None, description="Why this version is in production; null in old pointers.")

    @property
    def artifact_location(self) -> tuple[str, str]:
        """Bucket and key of the artifact."""
        bucket, _, key = self.artifact_uri.removeprefix("s3://").partition("/")
        return bucket, key
