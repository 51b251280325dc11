"""The anchor: the first production version, to which every candidate is compared: quality cannot creep down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from sentiment.model.artifact import ArtifactError, load
from sentiment.schemas.pointer import Pointer
from training.errors import StorageError
from training.registry.audit import AuditEntry, AuditLog, event_id

if TYPE_CHECKING:
    from training.registry.storage import ArtifactStore

ANCHOR_KEY = "serving/anchor.json"


def read_anchor(store: ArtifactStore) -> Pointer | None:
    """Return the pointer of the anchor; None if there is none yet.

    Raises:
        StorageError: It cannot be read.
    """
    data = store.get(ANCHOR_KEY)
    return None if data is None else _parsed(store, data)


def settle_anchor(store: ArtifactStore, served: Pointer) -> Pointer:
    """Make the served version the anchor unless there is one; return the anchor.

    Raises:
        StorageError: It cannot be read.
    """
    return read_anchor(store) or _parsed(store, store.put_once(ANCHOR_KEY, served.model_dump_json(indent=2).encode()))


def renew_anchor(store: ArtifactStore, served: Pointer) -> Pointer | None:
    """Make the served version the anchor if the anchor can no longer be scored, and record that in the audit log.

    Returns:
        The anchor that was replaced; None if it was sound.

    Raises:
        StorageError: S3 does not answer.
    """
    anchor = settle_anchor(store, served)
    try:
        load(store.read_artifact(anchor) or b"", sha256=anchor.sha256)
    except ArtifactError as error:
        AuditLog(store).record(
            AuditEntry(
                entry_id=event_id("anchor", anchor.sha256, served.sha256),
                at=served.promoted_at,
                kind="anchor",
                outcome="replaced",
                reason=f"The anchor, version {anchor.model_version}, can no longer be scored: {error}.",
                version=served.model_version,
                previous_version=anchor.model_version,
            )
        )
        store.put(ANCHOR_KEY, served.model_dump_json(indent=2).encode(), "application/json")
        return anchor
    return None


def _parsed(store: ArtifactStore, data: bytes) -> Pointer:
    try:
        return Pointer.model_validate_json(data)
    except ValidationError as error:
        raise StorageError(
            f"The anchor {store.uri(ANCHOR_KEY)} cannot be read: {error.error_count()} fields are wrong. Restore an "
            "earlier version of the object, or delete it: the next promoted version then becomes the anchor."
        ) from error
