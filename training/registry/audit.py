"""The audit log: what was decided and promoted, and why. One object per event, never overwritten.

Every change of production is recorded twice: the pointer itself says why it was written (`Change`), and a promotion
records the pointer that it replaces. So a crash between writing a pointer and its entry loses nothing.
"""

from __future__ import annotations

from datetime import UTC
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from sentiment.schemas.pointer import Change, Pointer
from training.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from training.registry.storage import ArtifactStore

AUDIT_PREFIX = "audit/"
_ID_LETTERS = 16
_BEFORE_THE_LOG = Change(kind="promotion", reason="Promoted before there was an audit log.")

Kind = Literal["decision", "ended", "failure", "conflict", "anchor", "promotion", "rollback", "by hand", "repair"]


class AuditEntry(BaseModel):
    """One event.

    `promotion`, `rollback`, `by hand` and `repair` changed production and hold the pointer as it was written;
    `decision`, `ended` (a run that has done every step, or had nothing new to train on), `failure` and `conflict` did
    not; `anchor` says which version became the anchor.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    entry_id: str = Field(min_length=1)
    at: AwareDatetime
    kind: Kind
    outcome: str = Field(
        description="improves, maintains, rejected, served, failed, conflict, no new data, too little data."
    )
    reason: str = Field(description="In a sentence or two, for people.")
    run_id: str | None = Field(default=None, description="Id of the retraining run.")
    version: str | None = Field(default=None, description="The version that the event is about.")
    previous_version: str | None = Field(default=None, description="The version served before, or still.")
    decision_id: str | None = None
    pointer: Pointer | None = Field(default=None, description="The pointer as it was written, if production changed.")
    details: dict[str, Any] = Field(default_factory=dict, description="Every number of a decision.")

    @property
    def key(self) -> str:
        """Key of the object; keys sort by time."""
        return f"{AUDIT_PREFIX}{time_in_key(self.at)}-{self.entry_id}.json"


class AuditLog:
    """The entries of one bucket."""

    def __init__(self, store: ArtifactStore) -> None:
        self._store = store

    def record(self, entry: AuditEntry) -> str:
        """Write an entry and return its address. Recording the same entry again changes nothing.

        Raises:
            AuditError: Its key holds another entry.
        """
        data = entry.model_dump_json(indent=2).encode()
        if self._store.put_once(entry.key, data) != data:
            raise AuditError(f"{self._store.uri(entry.key)} holds another entry, which is never overwritten.")
        return self._store.uri(entry.key)

    def entries(self, *, since: datetime | None = None, newest_first: bool = False) -> Iterator[AuditEntry]:
        """Yield the entries, oldest first unless asked otherwise.

        Raises:
            AuditError: One cannot be read.
        """
        after = AUDIT_PREFIX + (time_in_key(since) if since else "")
        keys = self._store.keys(AUDIT_PREFIX, after=after)
        for key in reversed(keys) if newest_first else keys:
            data = self._store.get(key)
            if data is None:
                raise AuditError(f"{self._store.uri(key)} was deleted while the audit log was read.")
            try:
                yield AuditEntry.model_validate_json(data)
            except ValidationError as error:
                raise AuditError(
                    f"{self._store.uri(key)} is not an audit entry: {error.error_count()} fields are wrong."
                ) from error

    def served_as(self, version: str) -> Pointer | None:
        """Return the newest pointer to a version; None if it was never served."""
        pointers = (entry.pointer for entry in self.entries(newest_first=True))
        return next((one for one in pointers if one and one.model_version == version), None)

    def served_by(self, decision_id: str, since: datetime) -> Pointer | None:
        """Return the pointer that was written because of a decision; None if there is none."""
        made = (entry.pointer for entry in self.entries(since=since) if entry.decision_id == decision_id)
        return next(filter(None, made), None)


def entry_of(pointer: Pointer) -> AuditEntry:
    """Return the entry of a pointer: the same pointer always gives the same entry."""
    change = pointer.change or _BEFORE_THE_LOG
    return AuditEntry(
        entry_id=sha256(pointer.model_dump_json().encode()).hexdigest()[:_ID_LETTERS],
        at=change.at or pointer.promoted_at,
        kind=change.kind,
        outcome="served",
        reason=change.reason,
        run_id=change.run_id,
        version=pointer.model_version,
        previous_version=pointer.previous_version,
        decision_id=change.decision_id,
        pointer=pointer,
    )


def event_id(*parts: str) -> str:
    """Return an id that depends on the parts alone, so that a repeated event is the same entry."""
    return sha256("\x1f".join(parts).encode()).hexdigest()[:_ID_LETTERS]


def time_in_key(time: datetime) -> str:
    """Return a time in UTC as it stands in keys, which sort by it."""
    return f"{time.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"
