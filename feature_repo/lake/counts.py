"""What happened to the rows of an ingest, as counts that add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class IngestCounts:
    """What happened to the rows of an ingest; `read` is the sum of the others.

    Attributes:
        kept: Reviews in the lake.
        duplicate: Repeated events, and reviews whose text this or another source has already.
        quarantined: Unreadable rows, listed under `quarantine/` with the reason.
        set_aside: Rows left out on purpose: the number for each reason, ordered by reason.
        changed: Whether the lake changed.
    """

    kept: int = 0
    duplicate: int = 0
    quarantined: int = 0
    set_aside: tuple[tuple[str, int], ...] = ()
    changed: bool = False

    @property
    def read(self) -> int:
        """The number of rows read."""
        return self.kept + self.duplicate + self.quarantined + sum(count for _, count in self.set_aside)

    def __add__(self, other: Self) -> IngestCounts:
        """Return the sums."""
        aside = Counter(dict(self.set_aside))
        aside.update(dict(other.set_aside))
        return IngestCounts(
            kept=self.kept + other.kept,
            duplicate=self.duplicate + other.duplicate,
            quarantined=self.quarantined + other.quarantined,
            set_aside=tuple(sorted(aside.items())),
            changed=self.changed or other.changed,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as they are in a manifest."""
        return {
            "read": self.read,
            "kept": self.kept,
            "duplicate": self.duplicate,
            "quarantined": self.quarantined,
            "set_aside": dict(self.set_aside),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any], *, changed: bool = False) -> Self:
        """Return the counts of a manifest.

        Raises:
            KeyError: A count is missing.
        """
        return cls(
            kept=record["kept"],
            duplicate=record["duplicate"],
            quarantined=record["quarantined"],
            set_aside=tuple(sorted(record["set_aside"].items())),
            changed=changed,
        )
