"""One sound model in production, whatever happened before: `make up` calls this every time.

The check reads the pointer, the artifact it names and the alias, and imports nothing heavy. Only when these
disagree does `training.mending` begin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.state import read_state
from training.storage import ArtifactStore
from training.tracking_server import TrackingServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.settings import Settings


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
