"""Environment of the retrain function."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Settings:
    """Read once.

    Attributes:
        environment: Name of the Airflow environment.
        trigger: Which call of the MWAA API triggers a run: `rest` or `cli`.
        cooldown_s: Seconds after the begin of a run in which the next must be forced.
        endpoint: Where the MWAA API is; None for that of AWS.
    """

    environment: str
    trigger: str
    cooldown_s: int
    endpoint: str | None

    @classmethod
    def from_environment(cls) -> Self:
        """Read the variables.

        Raises:
            KeyError: A variable is missing.
            ValueError: The cooldown is not a number, or there is no such trigger.
        """
        trigger = os.environ["MWAA_TRIGGER"]
        if trigger not in {"rest", "cli"}:
            raise ValueError(f"MWAA_TRIGGER is {trigger!r}: it is rest or cli")
        return cls(
            environment=os.environ["MWAA_ENVIRONMENT"],
            trigger=trigger,
            cooldown_s=int(os.environ["COOLDOWN_S"]),
            endpoint=os.environ.get("AWS_ENDPOINT_URL_MWAA"),
        )
