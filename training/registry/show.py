"""The production version and the audit log, as text for people."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from training.errors import RUN_ENSURE, PromotionRefusedError
from training.registry.anchor import read_anchor
from training.registry.audit import AuditLog
from training.registry.names import ML_VIEW, MODEL_NAME
from training.registry.state import read_state
from training.registry.storage import ArtifactStore
from training.registry.tracking_server import TrackingServer

if TYPE_CHECKING:
    from datetime import datetime

    from training.registry.audit import AuditEntry
    from training.settings import Settings


def show_production(settings: Settings) -> str:
    """Return what is known of the production version, one line per fact.

    Raises:
        PromotionRefusedError: Nothing can be served.
        TrainingError: A server does not answer.
    """
    server = TrackingServer(settings.mlflow_tracking_uri)
    store = ArtifactStore(settings.artifacts_bucket, region=settings.aws_region)
    state = read_state(server, store)
    pointer = state.stored.pointer
    if pointer is None or state.problem:
        reason = state.problem or "no model is in production"
        raise PromotionRefusedError(f"Nothing can be served: {reason}. {RUN_ENSURE}")
    window, anchor = pointer.data_window, read_anchor(store)
    replayed = " (replayed: not the reviews' own times)" if window.replayed else ""
    facts = {
        "version": f"{pointer.model_version} (before: {pointer.previous_version or 'none'})",
        "alias": "agrees" if state.agreed else "disagrees: run `ensure` to move it",
        "run": f"{server.uri}/#/models/{MODEL_NAME}/versions/{pointer.model_version}{ML_VIEW}",
        "trained": f"{pointer.trained_at:%Y-%m-%d %H:%M:%S} UTC",
        "promoted": f"{pointer.promoted_at:%Y-%m-%d %H:%M:%S} UTC",
        "because": pointer.change.reason if pointer.change else "not recorded",
        "reviews of": f"{_day(window.start)} to {_day(window.end)}{replayed}",
        "data sha256": pointer.data_sha256 or "not recorded",
        "held out by key": pointer.held_out_key or "not recorded",
        "feature service": pointer.feature_service or "none: trained on files",
        "anchor": f"version {anchor.model_version}" if anchor else "none yet: the next promoted version",
        **{name: f"{value:.4f}" for name, value in pointer.metrics.items()},
        "artifact": pointer.artifact_uri,
    }
    return "\n".join(f"{name:<18} {value}" for name, value in facts.items())


def show_audit(settings: Settings, *, last: int, as_json: bool) -> str:
    """Return the newest entries of the audit log, one per line, newest last.

    Raises:
        TrainingError: S3 does not answer, or an entry cannot be read.
    """
    log = AuditLog(ArtifactStore(settings.artifacts_bucket, region=settings.aws_region))
    entries = list(islice(log.entries(newest_first=True), last))[::-1]
    if not entries:
        return "The audit log is empty."
    return "\n".join(entry.model_dump_json() if as_json else _line(entry) for entry in entries)


def _line(entry: AuditEntry) -> str:
    about = f"version {entry.version}" if entry.version else f"run {entry.run_id}" if entry.run_id else ""
    return f"{entry.at:%Y-%m-%d %H:%M:%S}  {entry.kind:<9}  {entry.outcome:<10}  {about:<12}  {entry.reason}"


def _day(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d}" if time else "an unknown day"
