"""Make sure that a sound model is in production; `make up` calls this every time.

The check reads the pointer, its artifact, the alias and the anchor, and imports nothing heavy. Only if they disagree
does it import `training.registry.repair`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.registry.anchor import renew_anchor
from training.registry.state import read_state
from training.registry.storage import ArtifactStore
from training.registry.tracking_server import TrackingServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sentiment.schemas.pointer import Pointer
    from training.settings import Settings


def ensure(settings: Settings, *, step: Callable[[str], None], first_model: Callable[[], str]) -> str:
    """Promote a first model if there is none, repair what disagrees, and return in one line what was done.

    Args:
        settings: Where MLflow and the bucket are.
        step: Called with what starts.
        first_model: Trains and promotes a first model and returns its version; called only if there is none.

    Raises:
        TrainingError: A server does not answer, or no model can be served.
    """
    server = TrackingServer(settings.mlflow_tracking_uri)
    store = ArtifactStore(settings.artifacts_bucket, region=settings.aws_region)
    server.check()
    store.check()
    state = read_state(server, store)
    if state.agreed and state.stored.pointer:
        served = state.stored.pointer
        done = f"Version {served.model_version} is in production; nothing to do."
        return _renewed_anchor(store, served) or done
    from training.registry.repair import repair  # noqa: PLC0415 - imports mlflow, which takes seconds

    done = repair(settings, state, step=step, first_model=first_model)
    repaired = store.read_pointer().pointer
    renewed = _renewed_anchor(store, repaired) if repaired else ""
    return f"{done} {renewed}".strip()


def _renewed_anchor(store: ArtifactStore, served: Pointer) -> str:
    """Replace an anchor that cannot be scored and return what was done; empty if the anchor is sound.

    Called every time, since an earlier repair may have stopped before it came to the anchor.
    """
    lost = renew_anchor(store, served)
    if lost is None:
        return ""
    return (
        f"The anchor, version {lost.model_version}, could no longer be scored: version {served.model_version}, which "
        "is served, is the anchor now."
    )
