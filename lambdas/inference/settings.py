"""Environment of the inference function."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Settings:
    """Read once.

    Attributes:
        predictions_table: DynamoDB table of predictions.
        artifacts_bucket: Holds the pointer to the served model.
    """

    predictions_table: str
    artifacts_bucket: str

    @classmethod
    def from_environment(cls) -> Self:
        """Read the variables.

        Raises:
            KeyError: A variable is missing.
        """
        return cls(
            predictions_table=os.environ["PREDICTIONS_TABLE"],
            artifacts_bucket=os.environ["ARTIFACTS_BUCKET"],
        )
