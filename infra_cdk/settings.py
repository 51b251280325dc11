"""Every choice of a deployment, read once from the CDK context.

`cdk.json` holds the defaults under `settings`: those of every target, and what each target changes. A key
given on the command line (`cdk deploy -c target=aws -c throttle_rate_per_s=100`) wins over both.
"""

from __future__ import annotations

import platform
import sys
from typing import TYPE_CHECKING, Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

if TYPE_CHECKING:
    from collections.abc import Callable

Target = Literal["local", "localstack", "aws"]
Architecture = Literal["x86_64", "arm64"]
PythonVersion = Literal["3.11", "3.12", "3.13", "3.14"]

_MACHINES: dict[str, Architecture] = {
    "x86_64": "x86_64",
    "amd64": "x86_64",
    "aarch64": "arm64",
    "arm64": "arm64",
}


class SettingsError(ValueError):
    """The context does not describe a deployment; the message says which key and why."""


class Settings(BaseModel):
    """One deployment's choices.

    Attributes:
        target: Where it goes; nothing but the defaults in `cdk.json` depends on it.
        loop_name: What the names of the stacks begin with, and so those of everything in them: loops of different
            names live side by side in one account.
        architecture: The processor the functions run on; `host` in `cdk.json` means this machine's.
        python_version: The runtime of the functions: the version of the interpreter that runs the app, since
            that compiles their bytecode.
        retain_data: Keep tables, buckets, logs and the rater key when a stack is destroyed; but not what has a fixed
            name and would be in the way of the next deployment: the products' numbers, and Airflow's logs.
        log_retention_days: How long CloudWatch keeps logs; a number of days that CloudWatch knows.
        throttle_rate_per_s: Requests a second the stage lets through, steady.
        throttle_burst: Requests the stage lets through at once.
        key_rate_per_s: The same for one API key.
        key_burst: The same for one API key.
        quota_per_day: Requests of one API key in a day.
        reserved_concurrency: Executions at once kept for, and allowed to, each function behind the API; 0
            leaves them in the account's common pool (a new AWS account has 10 and lets none be reserved).
        tracing: X-Ray traces of the API and the functions.
        archive_window_s: Seconds the archive waits for more records before it writes a file.
        mwaa_endpoint: Where the MWAA API is that the retrain function calls; empty for that of AWS.
        mwaa_trigger: Which call of it triggers a run: `rest` (`InvokeRestApi`, Airflow 2.4 and later) or `cli`
            (`CreateCliToken`, then Airflow's command line over HTTPS).
        redis_url: Redis in which Feast keeps products' newest numbers, without a password, for it stands in the
            template; empty for the DynamoDB table.
        athena: Have the lake's tables in Athena, and let Airflow's tasks join there; on AWS alone.
        window_days: Days that the numbers of a product look back, and for which they hold: as many as retraining is
            told to.
        airflow_environment: Make an MWAA environment, with its network; where there is none, the retrain function
            calls what is at `mwaa_endpoint`.
        airflow_version: Of that environment.
        airflow_class: Its size: `mw1.micro`, `mw1.small` and so on.
        retrain_cooldown_s: Seconds after the begin of a retraining run in which the next must be forced.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: Target
    # With what is added to it a stack's name stays a part of names that AWS limits to 63 characters.
    loop_name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$", max_length=30)]
    architecture: Architecture
    python_version: PythonVersion
    retain_data: bool
    log_retention_days: Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731]
    throttle_rate_per_s: Annotated[int, Field(ge=1)]
    throttle_burst: Annotated[int, Field(ge=1)]
    key_rate_per_s: Annotated[int, Field(ge=1)]
    key_burst: Annotated[int, Field(ge=1)]
    quota_per_day: Annotated[int, Field(ge=1)]
    reserved_concurrency: Annotated[int, Field(ge=0)]
    tracing: bool
    archive_window_s: Annotated[int, Field(ge=0, le=300)]
    mwaa_endpoint: Annotated[str, Field(pattern=r"^(https?://[^/\s]+)?$")]
    mwaa_trigger: Literal["rest", "cli"]
    redis_url: Annotated[str, Field(pattern=r"^(rediss?://[^@\s]+)?$")]
    window_days: Annotated[int, Field(ge=1, le=3650)]
    athena: bool
    airflow_environment: bool
    airflow_version: Annotated[str, Field(pattern=r"^3\.\d+\.\d+$")]
    airflow_class: Annotated[str, Field(pattern=r"^mw1\.(micro|small|medium|large|xlarge|2xlarge)$")]
    retrain_cooldown_s: Annotated[int, Field(ge=0, le=604_800)]

    @model_validator(mode="after")
    def _one_key_stays_below_the_stage(self) -> Self:
        if self.key_rate_per_s > self.throttle_rate_per_s or self.key_burst > self.throttle_burst:
            raise ValueError("a key may not ask for more than the stage lets through (key_* above throttle_*)")
        return self

    @model_validator(mode="after")
    def _athena_is_on_aws(self) -> Self:
        if self.athena and self.target != "aws":
            raise ValueError(
                f"there is no Athena on {self.target}: FEATURE_OFFLINE_STORE=athena (athena=true) is for target aws"
            )
        return self

    @classmethod
    def from_context(cls, context: Callable[[str], object]) -> Self:
        """Read the settings.

        Args:
            context: Looks up one key of the CDK context (`app.node.try_get_context`), None where absent.

        Raises:
            SettingsError: A key is missing, of the wrong type, or has a value that no deployment can have.
        """
        defaults = context("settings")
        if not isinstance(defaults, dict):
            raise SettingsError("the CDK context has no `settings`: run through the cdk command, beside cdk.json")
        target = context("target") or defaults.get("target")
        if target not in get_args(Target):
            raise SettingsError(f"target is {target!r}: it is one of {', '.join(get_args(Target))}")
        values = {**defaults["every"], **defaults[target], "target": target}
        values |= {name: given for name in values if (given := context(name)) is not None}
        if values["architecture"] == "host":
            values["architecture"] = _MACHINES.get(platform.machine().lower(), platform.machine())
        values["python_version"] = f"{sys.version_info.major}.{sys.version_info.minor}"
        try:
            return cls.model_validate({name: _number(value) for name, value in values.items()})
        except ValidationError as error:
            wrong = "; ".join(": ".join([*map(str, one["loc"]), one["msg"]]) for one in error.errors())
            raise SettingsError(f"the settings of {target} are wrong: {wrong}") from error


def _number(value: object) -> object:
    """What the command line gives is text; a Literal of numbers takes no text for a number."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value
