"""One sound model in production, whatever happened before: `make up` calls this every time.

The check reads the pointer, the artifact it names, the alias and the anchor, and imports nothing heavy. Only when
pointer, artifact and alias disagree does `training.registry.mending` begin.
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
    """Publish a first model if there is none, mend what disagrees, and return in one line what was done.

    Args:
        settings: Where MLflow and the bucket are.
        step: Told what begins, for people who wait.
        first_model: Trains and promotes a first model and returns its version; called only where there is none.

    Raises:
        TrainingError: A server does not answer, or no model fit to be served can be had.
    """
    server = TrackingServer(settings.mlflow_tracking_uri)
    store = ArtifactStore(settings.artifacts_bucket, region=settings.aws_region)
    server.check()
    store.check()
    state = read_state(server, store)
    if state.agreed and state.stored.pointer:
        served = state.stored.pointer
        done = f"Version {served.model_version} is in production; nothing to do."
        return _with_an_anchor(store, served) or done
    from training.registry.mending import mend  # noqa: PLC0415 - imports mlflow: seconds that the check does not need

    done = mend(settings, state, step=step, first_model=first_model)
    mended = store.read_pointer().pointer
    renewed = _with_an_anchor(store, mended) if mended else ""
    return f"{done} {renewed}".strip()


def _with_an_anchor(store: ArtifactStore, served: Pointer) -> str:
    """Return what was done about an anchor that no candidate can be held against; empty where it is sound.

    Asked for each time: whoever replaced a model that could not be served may have died before its anchor's turn.
    """
    lost = renew_anchor(store, served)
    if lost is None:
        return ""
    return (
        f"The anchor, version {lost.model_version}, could no longer be scored: version {served.model_version}, which "
        "is served, is the anchor now."
    )
