"""Environment variables of the retrain function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Settings:
    """Read once, by `lambdas.shared.environment`.

    Attributes:
        mwaa_environment: Name of the Airflow environment.
        mwaa_trigger: Which call of the MWAA API starts a run.
        cooldown_s: Seconds after the start of a run in which the next one must be forced.
        aws_endpoint_url_mwaa: URL of the MWAA API; empty for that of AWS.
        pushgateway_url: Where the function pushes its operational metrics; empty for nowhere.
    """

    mwaa_environment: str
    mwaa_trigger: Literal["rest", "cli"]
    cooldown_s: int
    aws_endpoint_url_mwaa: str = ""
    pushgateway_url: str = ""
