"""Which version is in production, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.errors import PromotionRefusedError
from training.names import ML_VIEW, MODEL_NAME
from training.state import read_state
from training.storage import ArtifactStore
from training.tracking_server import TrackingServer

if TYPE_CHECKING:
    from datetime import datetime

    from training.settings import Settings


def show_production(settings: Settings) -> str:
    """Return what is served, a line a fact.

    Raises:
        PromotionRefusedError: Nothing can be served.
        TrainingError: A server does not answer.
    """
    server = TrackingServer(settings.mlflow_tracking_uri)
    state = read_state(server, ArtifactStore(settings.artifacts_bucket, region=settings.aws_region))
    pointer = state.stored.pointer
    if pointer is None or state.problem:
        reason = state.problem or "no model is published"
        raise PromotionRefusedError(f"Nothing can be served: {reason}. `ensure` mends it.")
    window = pointer.data_window
    replayed = " (replayed: not the reviews' own times)" if window.replayed else ""
    facts = {
        "version": f"{pointer.model_version} (before: {pointer.previous_version or 'none'})",
        "alias": "agrees" if state.agreed else "disagrees: `ensure` moves it",
        "run": f"{server.uri}/#/models/{MODEL_NAME}/versions/{pointer.model_version}{ML_VIEW}",
        "trained": f"{pointer.trained_at:%Y-%m-%d %H:%M:%S} UTC",
        "promoted": f"{pointer.promoted_at:%Y-%m-%d %H:%M:%S} UTC",
        "reviews of": f"{_day(window.start)} to {_day(window.end)}{replayed}",
        **{name: f"{value:.4f}" for name, value in pointer.metrics.items()},
        "artifact": pointer.artifact_uri,
    }
    return "\n".join(f"{name:<18} {value}" for name, value in facts.items())


def _day(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d}" if time else "an unknown day"
