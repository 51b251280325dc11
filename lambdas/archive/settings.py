"""Environment variable of the archive function."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Read once, by `lambdas.shared.environment`.

    Attributes:
        lake_bucket: Where the events are written.
    """

    lake_bucket: str
