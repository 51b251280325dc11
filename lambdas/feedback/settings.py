"""Environment of the feedback function."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Self

from lambdas.shared.booking import Tables


@dataclass(frozen=True, slots=True)
class Settings:
    """Read once.

    Attributes:
        tables: Names of the DynamoDB tables.
        rater_key_secret: ARN of the secret that keys the hash of raters.
    """

    tables: Tables
    rater_key_secret: str

    @classmethod
    def from_environment(cls) -> Self:
        """Read the variables.

        Raises:
            KeyError: A variable is missing.
        """
        return cls(
            tables=Tables(
                predictions=os.environ["PREDICTIONS_TABLE"],
                feedback=os.environ["FEEDBACK_TABLE"],
                quality=os.environ["QUALITY_TABLE"],
            ),
            rater_key_secret=os.environ["RATER_KEY_SECRET"],
        )
