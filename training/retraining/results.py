"""What each step of a retraining hands to the next, as its outcome keeps it. Data go as S3 addresses."""

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import AwareDatetime, Field

from sentiment.schemas.pointer import Pointer, Sha256
from training.retraining.workspace import Result

if TYPE_CHECKING:
    from feature_repo.frame.frozen import FrozenDataset


class Ingested(Result):
    """What came into the lake."""

    until: AwareDatetime = Field(description="The run's time: reviews from here on are left to the next run.")
    force: bool = Field(description="Whether a window that production was trained on already is trained on again.")
    first: bool = Field(description="Whether nothing that can be served is published, as `ensure` found.")
    counts: dict[str, dict[str, Any]] = Field(description="What became of the rows read, by what was ingested.")


class Cloned(Result):
    """The settings of the training."""

    hyperparameters: dict[str, float | int]
    version: str | None = Field(description="Whose they are; null where there is no production model yet.")


class Framed(Result):
    """The frozen training frame."""

    address: str = Field(pattern=r"^s3://")
    sha256: Sha256
    rows: int
    held_out: int
    feature_service: str
    labels: dict[str, dict[str, int]] = Field(description="Reviews of each label, to train on and held out.")

    @classmethod
    def of(cls, frozen: "FrozenDataset") -> Self:
        """Return what later steps need of a frozen frame."""
        return cls(
            address=frozen.address,
            sha256=frozen.sha256,
            rows=frozen.rows,
            held_out=frozen.held_out,
            feature_service=frozen.feature_service,
            labels=frozen.labels,
        )


class Trained(Result):
    """The candidate."""

    version: str
    run_id: str = Field(description="Of the tracking server.")
    sha256: Sha256 = Field(description="Of the serving export.")


class Evaluated(Result):
    """Candidate, production and anchor on the same held-out reviews."""

    predictions: str = Field(pattern=r"^s3://", description="Parquet: a row a held-out review, a column a model.")
    held_out: int
    etag: str | None = Field(description="Of the pointer as it was then: promotion asks for the very same.")
    production: Pointer | None
    anchor: Pointer | None
    metrics: dict[str, dict[str, float]] = Field(description="By model.")


class Decided(Result):
    """The decision, which `decision.json` has with every number."""

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
    version: str | None = Field(description="That is served.")
    previous_version: str | None


class Materialised(Result):
    """The products' numbers, where the inference function reads them."""

    until: AwareDatetime


class Reported(Result):
    """What changed between the two models, for people."""

    report: str = Field(pattern=r"^s3://")
