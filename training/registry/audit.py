"""The audit log: what was decided and what was served, and why, one object an event, never overwritten.

A change of what is served is put on record twice over: the pointer itself says why it was written (`Change`), and
whoever replaces a pointer records it first. So a crash between the pointer's write and its entry loses nothing.
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

Kind = Literal["decision", "failure", "conflict", "anchor", "promotion", "rollback", "by hand", "repair"]


class AuditEntry(BaseModel):
    """One event.

    Of `decision`, `failure` and `conflict` nothing served was changed; `promotion`, `rollback`, `by hand` and `repair`
    are changes of what is served and hold the pointer as it was written; `anchor` says which version became the anchor.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    entry_id: str = Field(min_length=1)
    at: AwareDatetime
    kind: Kind
    outcome: str = Field(description="improves, maintains, rejected, served, failed, conflict.")
    reason: str = Field(description="In a sentence or two, for people.")
    run_id: str | None = Field(default=None, description="Of the retraining.")
    version: str | None = Field(default=None, description="That it is about.")
    previous_version: str | None = Field(default=None, description="That was served before, or is kept.")
    decision_id: str | None = None
    pointer: Pointer | None = Field(default=None, description="As it was written, of a change of what is served.")
    details: dict[str, Any] = Field(default_factory=dict, description="Every number of a decision.")

    @property
    def key(self) -> str:
        """Where it lies: keys sort by time."""
        return f"{AUDIT_PREFIX}{time_in_key(self.at)}-{self.entry_id}.json"


class AuditLog:
    """The entries of one bucket."""

    def __init__(self, store: ArtifactStore) -> None:
        self._store = store

    def record(self, entry: AuditEntry) -> str:
        """Keep an entry, however often it is asked, and return its address.

        Raises:
            AuditError: Another entry lies under its key.
        """
        data = entry.model_dump_json(indent=2).encode()
        if self._store.put_once(entry.key, data) != data:
            raise AuditError(f"{self._store.uri(entry.key)} holds another entry: the log is never overwritten.")
        return self._store.uri(entry.key)

    def record_pointer(self, pointer: Pointer) -> str:
        """Keep what a pointer says of itself, however often, and return the entry's address."""
        return self.record(entry_of(pointer))

    def has_pointer(self, pointer: Pointer) -> bool:
        """Whether a pointer is on record."""
        return self._store.get(entry_of(pointer).key) is not None

    def entries(self, *, since: datetime | None = None, newest_first: bool = False) -> Iterator[AuditEntry]:
        """Yield the entries in the order of their times.

        Raises:
            AuditError: One cannot be read.
        """
        after = AUDIT_PREFIX + (time_in_key(since) if since else "")
        keys = self._store.keys(AUDIT_PREFIX, after=after)
        for key in reversed(keys) if newest_first else keys:
            data = self._store.get(key)
            if data is None:
                raise AuditError(f"{self._store.uri(key)} was listed and is gone.")
            try:
                yield AuditEntry.model_validate_json(data)
            except ValidationError as error:
                raise AuditError(
                    f"{self._store.uri(key)} is no entry of the log: {error.error_count()} fields are wrong."
                ) from error

    def served_as(self, version: str) -> Pointer | None:
        """Return the newest pointer under which a version was served; None where it never was."""
        for entry in self.entries(newest_first=True):
            if entry.pointer and entry.pointer.model_version == version:
                return entry.pointer
        return None

    def served_by(self, decision_id: str, since: datetime) -> Pointer | None:
        """Return the pointer that was written on the strength of a decision; None where none was."""
        for entry in self.entries(since=since):
            if entry.pointer and entry.decision_id == decision_id:
                return entry.pointer
        return None


def entry_of(pointer: Pointer) -> AuditEntry:
    """Return the entry that a pointer's own content gives: always the same one."""
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
    """Return an id that depends on the parts alone: the same event asked for again is the same entry."""
    return sha256("\x1f".join(parts).encode()).hexdigest()[:_ID_LETTERS]


def time_in_key(time: datetime) -> str:
    """Return a time as keys have it: in UTC, and so that they sort."""
    return f"{time.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"
