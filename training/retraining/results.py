"""The result of each step, which later steps read from its outcome. Data are passed as S3 addresses."""

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import AwareDatetime, Field

from sentiment.schemas.pointer import Pointer, Sha256
from training.retraining.workspace import Result

if TYPE_CHECKING:
    from feature_repo.frame.frozen import FrozenDataset


class Ingested(Result):
    """What was brought into the lake."""

    until: AwareDatetime = Field(description="The run's time: reviews from then on are left to the next run.")
    force: bool = Field(description="Train even if production was trained on the same frame.")
    first: bool = Field(description="No production model can be served, as `ensure` found.")
    counts: dict[str, dict[str, Any]] = Field(description="What happened to the rows, by source.")
    raters: str | None = Field(
        default=None,
        pattern=r"^s3://",
        description="JSON: who stands behind each label from feedback, as keyed hashes.",
    )


class Cloned(Result):
    """The hyperparameters to train with."""

    hyperparameters: dict[str, float | int]
    version: str | None = Field(description="The version they come from; null if none is in production.")


class Framed(Result):
    """The frozen training frame."""

    address: str = Field(pattern=r"^s3://")
    sha256: Sha256
    rows: int
    held_out: int
    feature_service: str
    labels: dict[str, dict[str, int]] = Field(description="Reviews of each label, for training and held out.")
    held_out_key: str | None = Field(default=None, description="Fingerprint of the key that holds new texts out.")

    @classmethod
    def of(cls, frozen: "FrozenDataset") -> Self:
        """Return what later steps need to know of a frozen frame."""
        return cls(**{name: getattr(frozen, name) for name in cls.model_fields})


class Trained(Result):
    """The candidate."""

    version: str
    run_id: str = Field(description="Its run in MLflow.")
    sha256: Sha256 = Field(description="Checksum of the serving export.")


class Evaluated(Result):
    """The predictions and metrics of candidate, production and anchor on the same held-out reviews."""

    predictions: str = Field(pattern=r"^s3://", description="Parquet: a row per held-out review, a column per model.")
    examined: str = Field(pattern=r"^s3://", description="JSON: how the models behave, and what moved between them.")
    held_out: int
    etag: str | None = Field(description="ETag of the pointer then; the promotion replaces this one only.")
    production: Pointer | None
    anchor: Pointer | None
    metrics: dict[str, dict[str, float]] = Field(description="By model and metric.")


class Decided(Result):
    """The gate's decision; `decision.json` has every number."""

    outcome: Literal["improves", "maintains", "rejected"]
    summary: str
    decision_id: str
    decision: str = Field(pattern=r"^s3://")
    audit: str = Field(pattern=r"^s3://")
    at: AwareDatetime


class Promoted(Result):
    """What is served after the run."""

    outcome: Literal["promoted", "rejected", "conflict"]
    reason: str
    version: str | None = Field(description="The version that is served.")
    previous_version: str | None


class Materialised(Result):
    """The product statistics in the online store."""

    until: AwareDatetime


class Reported(Result):
    """The page on what changed between candidate and production."""

    report: str = Field(pattern=r"^s3://")
