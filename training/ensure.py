"""One sound model in production, whatever happened before: `make up` calls this every time.

The check reads the pointer, the artifact it names and the alias, and imports nothing heavy. Only when these
disagree does `training.mending` begin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sentiment.artifact import ArtifactError
from training.alias import RegisteredVersion, TrackingServer
from training.serving_check import check_artifact
from training.storage import ArtifactStore, StoredPointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.settings import Settings


@dataclass(frozen=True, slots=True)
class State:
    """What the two places say.

    Attributes:
        stored: What lies under the pointer's key.
        artifact: The bytes that the pointer names, if they can be served.
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


def ensure(settings: Settings, *, step: Callable[[str], None]) -> str:
    """Publish a first model if there is none, mend what disagrees, and return in one line what was done.

    Args:
        settings: Where MLflow and the bucket are.
        step: Told what begins, for people who wait.

    Raises:
        TrainingError: A server does not answer, or no model fit to be served can be had.
    """
    server = TrackingServer(settings.mlflow_tracking_uri)
    store = ArtifactStore(settings.artifacts_bucket, region=settings.aws_region)
    server.check()
    store.check()
    state = read_state(server, store)
    if state.agreed and state.stored.pointer:
        return f"Version {state.stored.pointer.model_version} is in production; nothing to do."
    from training.mending import mend  # noqa: PLC0415 - imports mlflow: seconds that the check does not need

    return mend(settings, state, step=step)


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
