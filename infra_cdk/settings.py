"""The settings of a deployment, read from the CDK context.

`cdk.json` has the defaults under `settings`: those of every target, and the differences of each. What `make` set in the
deployment that stands there overrides both, and values from the command line (`cdk deploy -c throttle_rate_per_s=150`)
override all.
"""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from infra_cdk.deployments import PROJECT, Place, SettingsError, kept_context, stands

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Target = Literal["local", "localstack", "aws"]
Architecture = Literal["x86_64", "arm64"]
PythonVersion = Literal["3.11", "3.12", "3.13", "3.14"]

_MACHINES: dict[str, Architecture] = {
    "x86_64": "x86_64",
    "amd64": "x86_64",
    "aarch64": "arm64",
    "arm64": "arm64",
}

# As a browser sends it: in lowercase, without a path. `*` would let every page on the web call the API.
_ORIGIN = r"^https?://[a-z0-9.:\[\]-]+$"

_NO_ENVIRONMENT: Mapping[str, str] = MappingProxyType({})


class Settings(BaseModel):
    """The settings of a deployment.

    Attributes:
        target: Where it is deployed; only the defaults in `cdk.json` depend on it.
        loop_name: Prefix of the stacks' names, and so of everything in them: an account can have several loops.
        architecture: Processor of the functions; `host` in `cdk.json` means that of this machine.
        python_version: Runtime of the functions: the version of the running interpreter, which compiles their bytecode.
        retain_data: Keep tables, buckets, logs and the secret of the loop when a stack is destroyed, except for those
            with a fixed name, which would block the next deployment: the product statistics, and Airflow's logs.
        log_retention_days: Days that CloudWatch keeps logs; one of the numbers that it allows.
        throttle_rate_per_s: Requests a second that the stage allows.
        throttle_burst: Requests at once that the stage allows.
        key_rate_per_s: Requests a second that one API key allows.
        key_burst: Requests at once that one API key allows.
        quota_per_day: Requests a day that one API key allows.
        reviewers_rate_per_s: Requests a second that the reviewers' API key allows.
        reviewers_burst: Requests at once that it allows.
        reviewers_quota_per_day: Requests a day that it allows.
        allowed_origins: Origins of the web pages that may call the API; a text has spaces between them.
        reserved_concurrency: Concurrent executions reserved for each function that clients call, and its limit; 0 for
            the account's common pool (a new AWS account has 10 and cannot reserve any).
        firewall: Put a web ACL in front of the API.
        domain_name: Domain of the API, such as `api.example.com`; empty for none of its own.
        certificate_arn: The domain's certificate, in the region of the stacks.
        base_path: Path below the domain, without slashes; empty for all of it.
        alarm_email: Who is mailed about alarms and costs; empty for nobody.
        monthly_budget_usd: The account's costs in a month, in US dollars, that are mailed about; 0 for none.
        gradual_rollout: Publish a version of each function that clients call with each deployment, and send it a tenth
            of the calls at first; alarms take it back.
        snap_start: Begin these functions from a snapshot, where their runtime can: Python 3.12 and later.
        tracing: X-Ray traces of the API and the functions.
        archive_window_s: Seconds for which the archive function collects records before it writes a file.
        mwaa_endpoint: URL of the MWAA API that functions call; empty for that of AWS.
        mwaa_trigger: Which call starts a run: `rest` (`InvokeRestApi`, Airflow 2.4 and later) or `cli`
            (`CreateCliToken`, then Airflow's command line over HTTPS).
        redis_url: Redis with the newest product statistics, without a password, which would be readable in the
            template; empty for the DynamoDB table.
        pushgateway_url: Pushgateway that functions and monitor push to, with `user:password@` before its host if it
            asks for them; empty for no metrics and no monitor. The password is readable in the template and in the
            functions' configuration, so on AWS there may be none.
        athena: Declare the lake's tables in Athena, and let Airflow's tasks join them; only on AWS.
        mlflow_tracking_uri: MLflow that the monitor asks for the registry's alias; empty to not ask.
        window_days: Days that product statistics cover, and for which they are valid; the same as in retraining.
        airflow_environment: Create an MWAA environment and its network; without one, the retrain function calls
            `mwaa_endpoint`.
        airflow_version: Version of that environment.
        airflow_class: Class of that environment: `mw1.micro`, `mw1.small` and so on.
        retrain_cooldown_s: Seconds after the start of a retraining run in which the next one must be forced.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: Target
    # Short enough for the names derived from it, which AWS limits to 63 characters.
    # The pattern is also in local and feature_repo, which cannot be imported here.
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
    reviewers_rate_per_s: Annotated[int, Field(ge=1)]
    reviewers_burst: Annotated[int, Field(ge=1)]
    reviewers_quota_per_day: Annotated[int, Field(ge=1)]
    allowed_origins: tuple[Annotated[str, Field(pattern=_ORIGIN)], ...]
    reserved_concurrency: Annotated[int, Field(ge=0)]
    firewall: bool
    domain_name: Annotated[str, Field(pattern=r"^([a-z0-9-]+(\.[a-z0-9-]+)+)?$")]
    certificate_arn: Annotated[str, Field(pattern=r"^(arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[a-z0-9-]+)?$")]
    base_path: Annotated[str, Field(pattern=r"^([A-Za-z0-9_-]+)?$")]
    alarm_email: Annotated[str, Field(pattern=r"^([^@\s]+@[^@\s]+\.[^@\s]+)?$")]
    monthly_budget_usd: Annotated[int, Field(ge=0)]
    gradual_rollout: bool
    snap_start: bool
    tracing: bool
    archive_window_s: Annotated[int, Field(ge=0, le=300)]
    mwaa_endpoint: Annotated[str, Field(pattern=r"^(https?://[^/\s]+)?$")]
    mwaa_trigger: Literal["rest", "cli"]
    redis_url: Annotated[str, Field(pattern=r"^(rediss?://[^@\s]+)?$")]
    pushgateway_url: Annotated[str, Field(pattern=r"^(https?://([^/@\s]+@)?[^/@\s]+(/[^@\s]*)?)?$")]
    mlflow_tracking_uri: Annotated[str, Field(pattern=r"^(https?://\S+)?$")]
    window_days: Annotated[int, Field(ge=1, le=3650)]
    athena: bool
    airflow_environment: bool
    airflow_version: Annotated[str, Field(pattern=r"^3\.\d+\.\d+$")]
    airflow_class: Annotated[str, Field(pattern=r"^mw1\.(micro|small|medium|large|xlarge|2xlarge)$")]
    retrain_cooldown_s: Annotated[int, Field(ge=0, le=604_800)]

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _separated_by_spaces(cls, given: object) -> object:
        return tuple(given.split()) if isinstance(given, str) else given

    @model_validator(mode="after")
    def _one_key_stays_below_the_stage(self) -> Self:
        if self.key_rate_per_s > self.throttle_rate_per_s or self.key_burst > self.throttle_burst:
            raise ValueError("a key must not allow more than the stage (key_* above throttle_*)")
        return self

    @model_validator(mode="after")
    def _a_domain_has_a_certificate(self) -> Self:
        if bool(self.domain_name) != bool(self.certificate_arn):
            raise ValueError("domain_name and certificate_arn go together")
        if self.base_path and not self.domain_name:
            raise ValueError("base_path is below domain_name, which is not set")
        return self

    @model_validator(mode="after")
    def _a_snapshot_is_of_a_version(self) -> Self:
        if self.snap_start and not self.gradual_rollout:
            raise ValueError("snap_start needs gradual_rollout: Lambda takes snapshots of published versions")
        return self

    @model_validator(mode="after")
    def _athena_is_on_aws(self) -> Self:
        if self.athena and self.target != "aws":
            raise ValueError(
                f"there is no Athena on {self.target}: FEATURE_OFFLINE_STORE=athena (athena=true) needs target aws"
            )
        return self

    @model_validator(mode="after")
    def _no_password_in_a_template_on_aws(self) -> Self:
        if self.target == "aws" and "@" in self.pushgateway_url:
            raise ValueError(
                "pushgateway_url has a password, which everybody who may read the stack could read: on aws, name a "
                "pushgateway that only the functions can reach"
            )
        return self

    @classmethod
    def from_context(cls, context: Callable[[str], object], environment: Mapping[str, str] = _NO_ENVIRONMENT) -> Self:
        """Return the settings of a CDK context, a function such as `app.node.try_get_context`.

        The environment is that of the process that the cdk command started: it tells where the command deploys to, and
        `LOOP_NAME` and `LOCAL_DIR` are those of the other commands.

        Raises:
            SettingsError: A setting is missing or invalid, or the target does not fit the place.
        """
        defaults = context("settings")
        if not isinstance(defaults, dict):
            raise SettingsError("the CDK context has no `settings`: run the cdk command in the folder of cdk.json")
        place = Place.of_command(environment)
        loop_name = context("loop_name") or environment.get("LOOP_NAME") or defaults["every"]["loop_name"]
        named = environment.get("DEPLOYMENT_FILE")
        folder = Path(environment.get("LOCAL_DIR") or PROJECT / ".local")
        kept = kept_context(place, str(loop_name), folder, Path(named) if named else None)
        target = context("target") or kept.get("target") or ("aws" if place.is_aws else defaults["target"])
        if target not in get_args(Target):
            raise SettingsError(f"target is {target!r}: it must be one of {', '.join(get_args(Target))}")
        _check_place(str(target), place, kept.get("target", target))
        if place.is_emulator and not kept and stands(place, str(loop_name)):
            raise SettingsError(
                f"the loop {loop_name} stands at {place.endpoint}, and its settings are not kept here: source the "
                "file env of its folder, and use the checkout that deployed it"
            )
        values = {**defaults["every"], **defaults[target], "target": target, "loop_name": loop_name}
        values |= {name: kept[name] for name in values if name in kept}
        values |= {name: given for name in values if (given := context(name)) is not None}
        if values["architecture"] == "host":
            values["architecture"] = _MACHINES.get(platform.machine().lower(), platform.machine())
        values["python_version"] = f"{sys.version_info.major}.{sys.version_info.minor}"
        try:
            return cls.model_validate({name: _number(value) for name, value in values.items()})
        except ValidationError as error:
            wrong = "; ".join(
                ": ".join([*map(str, one["loc"]), one["msg"].removeprefix("Value error, ")]) for one in error.errors()
            )
            raise SettingsError(f"invalid settings of {target}: {wrong}") from error


def _check_place(target: str, place: Place, kept: str) -> None:
    """Refuse a target that does not fit the place, or another one than that of the stacks there."""
    if place.is_aws and target != "aws":
        raise SettingsError(
            f"the settings of {target} are for an emulator, and account {place.account} is one of AWS: use cdklocal, "
            f"or leave -c target={target} out"
        )
    if place.is_emulator and not place.endpoint:
        raise SettingsError(
            "these credentials are taken for those of an emulator, and AWS_ENDPOINT_URL names none: export it, or "
            "remove cache/accounts_partitions.json in ~/.cdk and in $CDK_HOME"
        )
    if place.is_emulator and target == "aws":
        raise SettingsError(
            f"this shell has the address of an emulator ({place.endpoint}), which the settings of aws are not for: use "
            "another shell, with credentials of your account"
        )
    if target != kept:
        raise SettingsError(f"the stacks there have the target {kept}, and not {target}: leave -c target={target} out")


def _number(value: object) -> object:
    """Return a value as a number if it looks like one: the command line gives text, which a Literal would refuse."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value
