"""What became of every row of an ingest: the counts always add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class IngestCounts:
    """What became of every row read: `read` is the sum of all others.

    Attributes:
        kept: Reviews in the lake.
        duplicate: The text is that of a review kept already, by this source or another; or the same event again.
        quarantined: Could not be read; listed under `quarantine/` with the reason.
        set_aside: Read and left out on purpose: how many for each reason, in the order of reasons.
        changed: Whether the lake was changed.
    """

    kept: int = 0
    duplicate: int = 0
    quarantined: int = 0
    set_aside: tuple[tuple[str, int], ...] = ()
    changed: bool = False

    @property
    def read(self) -> int:
        """How many rows there were."""
        return self.kept + self.duplicate + self.quarantined + sum(count for _, count in self.set_aside)

    def __add__(self, other: Self) -> IngestCounts:
        """Return the counts of both."""
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
        """Return the counts as a manifest has them."""
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
            KeyError: One is missing.
        """
        return cls(
            kept=record["kept"],
            duplicate=record["duplicate"],
            quarantined=record["quarantined"],
            set_aside=tuple(sorted(record["set_aside"].items())),
            changed=changed,
        )
