"""Environment variables of the alerts function."""

from __future__ import annotations

from dataclasses import dataclass, field

from lambdas.retrain import settings


@dataclass(frozen=True, slots=True)
class Settings(settings.Settings):
    """Read once, by `lambdas.shared.environment`: those of the retrain function, and one more.

    Attributes:
        rater_key_secret: ARN of the loop's secret, which Alertmanager's token is derived from.
    """

    rater_key_secret: str = field(kw_only=True)
