"""The version in production: the pointer that serving reads, and MLflow's alias, which follows it.

Writing the pointer is the promotion: one object, which S3 replaces only if nobody else has since. Everything that it
names is in place before, and the alias moves after. So a reader sees the old version or the new one, and a crash in
between leaves an alias that lags, which `settle_alias` moves. Every pointer says why it was written, and is recorded
twice: after it is written, and again before it is replaced.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from sentiment.clock import utc_now
from sentiment.model.artifact import ArtifactError
from sentiment.schemas.pointer import Change, Pointer
from training.errors import RUN_ENSURE, PromotionConflictError, PromotionRefusedError, TrackingError
from training.registry.anchor import settle_anchor
from training.registry.audit import AuditLog, entry_of
from training.registry.lineage import Lineage
from training.registry.names import HEADLINES, TAG_SHA256
from training.registry.state import check_artifact, window_of
from training.registry.storage import ArtifactStore
from training.registry.tracking import Tracking

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from training.registry.storage import StoredPointer
    from training.registry.tracking_server import RegisteredVersion
    from training.settings import Settings

_SETTLE_ROUNDS = 10
BY_HAND = Change(kind="by hand", reason="Promoted by command, without the gate.")


@dataclass(frozen=True, slots=True)
class Promotion:
    """The pointer after a promotion, and whether the promotion changed it."""

    pointer: Pointer
    changed: bool


def open_registry(settings: Settings) -> Registry:
    """Return the registry of these settings, without calling a server."""
    store = ArtifactStore(settings.artifacts_bucket, region=settings.aws_region)
    return Registry(Tracking(settings.mlflow_tracking_uri), store)


class Registry:
    """The production version of the registered model."""

    def __init__(self, tracking: Tracking, store: ArtifactStore, *, now: Callable[[], datetime] = utc_now) -> None:
        self.tracking = tracking
        self.store = store
        self.audit = AuditLog(store)
        self._now = now

    def promote(self, version: str, change: Change = BY_HAND, *, replacing: StoredPointer | None = None) -> Promotion:
        """Promote a version. Promoting the one that is served already changes nothing.

        Args:
            version: Number of the version.
            change: Kind and reason, for the audit log.
            replacing: The pointer that the version was compared with; any other pointer stays.

        Raises:
            PromotionRefusedError: No such version, or its artifact is missing, altered or does not load.
            PromotionConflictError: Another promotion came first; it stays.
            TrackingError: MLflow does not answer.
            StorageError: S3 does not answer.
        """
        stored = self.store.read_pointer()
        found = self.tracking.version(version)
        export = self.export_of(found)
        served = stored.pointer
        if served and (served.model_version, served.run_id) == (found.version, found.run_id):
            pointer = self._repaired(served, export)
        else:
            pointer = self._pointer_to(found, export, stored, change)
            stored = replacing or stored
        return self.serve(pointer, replacing=stored)

    def serve(self, pointer: Pointer, *, replacing: StoredPointer) -> Promotion:
        """Write a pointer whose artifact is in place, record it, and move the alias; a repeat does what is missing.

        Raises:
            PromotionConflictError: Another promotion came first; it stays.
            TrackingError: MLflow does not answer.
            StorageError: S3 does not answer.
        """
        if pointer != replacing.pointer:
            if replacing.pointer:
                self.audit.record(entry_of(replacing.pointer))
            self.store.write_pointer(pointer, replacing=replacing)
        self.audit.record(entry_of(pointer))
        settle_anchor(self.store, pointer)
        try:
            self.settle_alias()
        except TrackingError as error:
            raise TrackingError(
                f"Version {pointer.model_version} is served, but its alias was not moved (`ensure` will): {error}"
            ) from error
        return Promotion(pointer, changed=pointer != replacing.pointer)

    def export_of(self, version: RegisteredVersion) -> bytes:
        """Return the serving export of a version, after a prediction with it; its checksum is the tag `TAG_SHA256`.

        Raises:
            PromotionRefusedError: It is missing, altered or does not load, or its checksum is not recorded.
        """
        export = self.tracking.export_of(version)
        if export is None:
            raise PromotionRefusedError(f"Version {version.version} has no serving export in its run.")
        try:
            check_artifact(export, version.tags.get(TAG_SHA256))
        except ArtifactError as error:
            raise PromotionRefusedError(
                f"Version {version.version} cannot be served: {error}. Nothing was changed."
            ) from error
        return export

    def settle_alias(self) -> None:
        """Move the alias to the served version.

        After each move the pointer is read again: of two concurrent promotions, the last to move the alias sees the
        other's pointer and follows it.

        Raises:
            PromotionConflictError: The pointer keeps changing.
        """
        for _ in range(_SETTLE_ROUNDS):
            pointer = self.store.read_pointer().pointer
            production = self.tracking.production()
            if pointer is None or (production and production.version == pointer.model_version):
                return
            self.tracking.set_production(pointer.model_version)
        raise PromotionConflictError(f"The pointer keeps changing, so the alias was not moved. {RUN_ENSURE}")

    def _repaired(self, served: Pointer, export: bytes) -> Pointer:
        """Return the pointer if its artifact is the export, else a pointer to the export stored again."""
        if self.store.read_artifact(served) == export:
            return served
        uri = self.store.put_artifact(export)
        reason = "Its artifact was missing or damaged, and was exported again."
        change = Change(kind="repair", reason=reason, at=self._now())
        return served.model_copy(update={"artifact_uri": uri, "sha256": sha256(export).hexdigest(), "change": change})

    def _pointer_to(
        self, version: RegisteredVersion, export: bytes, replaced: StoredPointer, change: Change
    ) -> Pointer:
        run = self.tracking.run(version.run_id)
        lineage = Lineage.of(version.tags)
        return Pointer(
            model_version=version.version,
            run_id=version.run_id,
            artifact_uri=self.store.put_artifact(export),
            sha256=sha256(export).hexdigest(),
            trained_at=run.started_at,
            promoted_at=self._now(),
            previous_version=replaced.pointer.model_version if replaced.pointer else None,
            metrics={name: run.metrics[name] for name in HEADLINES if name in run.metrics},
            data_window=window_of(check_artifact(export, sha256(export).hexdigest())),
            feature_service=lineage.feature_service if lineage else None,
            data_sha256=lineage.data_sha256 if lineage else None,
            held_out_key=lineage.held_out_key if lineage else None,
            change=change,
        )
