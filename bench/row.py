"""One measured number, beside the number to reach and the peers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measured number.

    Attributes:
        name: What was measured.
        measured: The number, in `unit`.
        reach: The number to reach, in `unit`; None if there is none.
        unit: Such as `ms`, `s`, `MB`, `times`; empty for a score.
        better: Whether a lower or a higher number is better.
        peers: The same measurement of what people would use instead, by name, from the same run.
        note: What a reader needs beside the number, such as the spread.
    """

    name: str
    measured: float
    unit: str
    reach: float | None = None
    better: Literal["lower", "higher"] = "lower"
    peers: dict[str, float] = field(default_factory=dict)
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the number to reach was reached; None if there is none."""
        if self.reach is None:
            return None
        return self.measured <= self.reach if self.better == "lower" else self.measured >= self.reach

    def as_json(self) -> dict[str, Any]:
        """Return the row as plain data, for results.json."""
        return {**asdict(self), "reached": self.reached}
