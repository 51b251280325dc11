"""Roll back to a version that was served before, without the gate, for when production must change at once.

The audit log has earlier pointers and S3 their artifacts, so a rollback needs S3 alone; only a version that was never
served is looked up in MLflow. The alias follows, now or with the next `ensure`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.clock import utc_now
from sentiment.model.artifact import ArtifactError
from sentiment.schemas.pointer import SERVED_SOON, Change
from training.errors import AuditError, PromotionConflictError, PromotionRefusedError
from training.registry.registry import open_registry
from training.registry.state import check_artifact

if TYPE_CHECKING:
    from sentiment.schemas.pointer import Pointer
    from training.registry.registry import Promotion, Registry
    from training.registry.storage import StoredPointer
    from training.settings import Settings


def rollback(settings: Settings, to: str | None, *, leaving: str | None = None, how: str = "by command") -> str:
    """Serve the previous version, or the one with the number `to`, and return in one line what was done.

    A second rollback in a row must name its version: the previous one is then the one just rolled back from.

    Args:
        settings: Where everything is.
        to: Number of the version; None for the one before.
        leaving: The version that was served when the rollback was decided on; any other stays. None for whichever.
        how: How it was asked for, for the audit log.

    Raises:
        PromotionRefusedError: There is no previous version, or it does not load. Nothing was changed.
        PromotionConflictError: Another promotion came first; it stays.
        TrainingError: A server does not answer.
    """
    registry = open_registry(settings)
    stored = registry.store.read_pointer()
    target = to or _before(stored)
    left = stored.pointer.model_version if stored.pointer else None
    if target == left:
        registry.settle_alias()
        return f"Version {target} is already served; nothing changed."
    if leaving not in {None, left}:
        raise PromotionConflictError(f"Version {left} is served by now, not {leaving}: nothing was changed.")
    reason = f"Rolled back from version {left} to version {target}" if left else f"Rolled back to version {target}"
    change = Change(kind="rollback", reason=f"{reason}, {how}.")
    done = _serve_again(registry, stored, target, change) or registry.promote(target, change, replacing=stored)
    return f"{reason}: {SERVED_SOON}." if done.changed else f"Version {target} is already served; nothing changed."


def _before(stored: StoredPointer) -> str:
    pointer = stored.pointer
    if pointer is None:
        reason = stored.problem or "no model is in production"
        raise PromotionRefusedError(f"There is nothing to roll back from: {reason}. Name a version with --to.")
    if pointer.change and pointer.change.kind == "rollback":
        raise PromotionRefusedError(
            f"Version {pointer.model_version} is served since a rollback from version {pointer.previous_version}. "
            "To roll back further, or to return, name the version: --to VERSION."
        )
    if pointer.previous_version is None:
        raise PromotionRefusedError(f"Version {pointer.model_version} is the first: there is none to roll back to.")
    return pointer.previous_version


def _serve_again(registry: Registry, stored: StoredPointer, version: str, change: Change) -> Promotion | None:
    """Serve a version by its recorded pointer; None if there is none or its artifact is damaged."""
    try:
        found: Pointer | None = registry.audit.served_as(version)
    except AuditError:
        return None  # an unreadable entry must not keep a bad model in production: its run in MLflow will do
    if found is None:
        return None
    artifact = registry.store.read_artifact(found)
    try:
        check_artifact(artifact or b"", found.sha256)
    except ArtifactError:
        return None  # a promotion exports it again from its run in MLflow, or says why it cannot
    pointer = found.model_copy(
        update={
            "promoted_at": utc_now(),
            "previous_version": stored.pointer.model_version if stored.pointer else None,
            "change": change,
        }
    )
    return registry.serve(pointer, replacing=stored)
