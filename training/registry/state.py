"""What S3 and MLflow say is in production and whether it can be served, read without importing MLflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sentiment.model.artifact import Artifact, ArtifactError, load
from sentiment.model.scorer import Scorer
from sentiment.schemas.pointer import DataWindow

if TYPE_CHECKING:
    from training.registry.storage import ArtifactStore, StoredPointer
    from training.registry.tracking_server import RegisteredVersion, TrackingServer


@dataclass(frozen=True, slots=True)
class State:
    """What S3 and MLflow say.

    Attributes:
        stored: The pointer in S3.
        artifact: The pointer's artifact, if it can be served.
        problem: Why pointer or artifact cannot be served; None if they can, or if there is no pointer.
        production: The version that the alias names.
    """

    stored: StoredPointer
    artifact: bytes | None
    problem: str | None
    production: RegisteredVersion | None

    @property
    def agreed(self) -> bool:
        """Whether the pointer can be served and the alias names the same version of the same run."""
        pointer = self.stored.pointer
        return (
            pointer is not None
            and self.artifact is not None
            and self.production is not None
            and (pointer.model_version, pointer.run_id) == (self.production.version, self.production.run_id)
        )


def read_state(server: TrackingServer, store: ArtifactStore) -> State:
    """Return what S3 and MLflow say is in production."""
    stored = store.read_pointer()
    artifact, problem = None, stored.problem
    if stored.pointer:
        artifact = store.read_artifact(stored.pointer)
        if artifact is None:
            problem = f"{stored.pointer.artifact_uri} is missing"
        else:
            try:
                check_artifact(artifact, stored.pointer.sha256)
            except ArtifactError as error:
                artifact, problem = None, str(error)
    return State(stored, artifact, problem, server.production())


def check_artifact(data: bytes, expected_sha256: str | None) -> Artifact:
    """Load an artifact and predict a text with it.

    Raises:
        ArtifactError: No checksum is recorded, the bytes have another one, or they do not load or predict.
    """
    if expected_sha256 is None:
        raise ArtifactError("its checksum is not recorded")
    artifact = load(data, sha256=expected_sha256)
    try:
        Scorer(artifact).predict("Any text will do")
        window_of(artifact)
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError(f"it cannot predict a text or lacks its summary: {error!r}") from error
    return artifact


def window_of(artifact: Artifact) -> DataWindow:
    """Return the time span of the reviews that an artifact was trained on, from its summary."""
    return DataWindow.model_validate(artifact.training["window"])
