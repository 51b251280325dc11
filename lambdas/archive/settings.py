"""Environment of the archive function."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Settings:
    """Read once.

    Attributes:
        lake_bucket: Takes the events.
    """

    lake_bucket: str

    @classmethod
    def from_environment(cls) -> Self:
        """Read the variables.

        Raises:
            KeyError: A variable is missing.
        """
        return cls(lake_bucket=os.environ["LAKE_BUCKET"])
