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
        product_stats_table: DynamoDB table in which Feast keeps the newest numbers of each product.
        window_days: Days for which a product's numbers hold.
        redis_url: Where Feast keeps them in Redis instead; empty for DynamoDB.
        loop_name: Feast's project, a part of its keys in Redis.
    """

    predictions_table: str
    artifacts_bucket: str
    product_stats_table: str
    window_days: int
    redis_url: str
    loop_name: str

    @classmethod
    def from_environment(cls) -> Self:
        """Read the variables.

        Raises:
            KeyError: A variable is missing.
            ValueError: `WINDOW_DAYS` is no number.
        """
        return cls(
            predictions_table=os.environ["PREDICTIONS_TABLE"],
            artifacts_bucket=os.environ["ARTIFACTS_BUCKET"],
            product_stats_table=os.environ["PRODUCT_STATS_TABLE"],
            window_days=int(os.environ["WINDOW_DAYS"]),
            redis_url=os.environ.get("REDIS_URL", ""),
            loop_name=os.environ.get("LOOP_NAME", ""),
        )
