"""The settings of the feature store, each an environment variable of the same name in capitals."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AliasChoices, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from feature_repo.errors import SettingsError
from sentiment.evaluation.trust import CLIENT_LABELS


class Settings(BaseSettings):
    """The settings of the feature store. AWS clients read their own, such as `AWS_ENDPOINT_URL` and credentials.

    Attributes:
        lake_bucket: Bucket of the raw events and of everything made from them.
        aws_region: Region of that bucket.
        window_days: Days of reviews to train on, and days that a product's statistics look back.
        loop_name: Name of the loop.
        feature_offline_store: Joins the training frame: `duckdb` in this process, `ray` or `athena`.
        feature_online_store: Keeps the newest statistics of each product for serving: `dynamodb` or `redis`.
        feature_memory_mb: Memory that `duckdb` may use before it spills to disk.
        ray_address: Address of a Ray cluster, for `ray`; unset, Ray starts on this machine.
        athena_database: Database of the lake's tables in the data catalogue, for `athena`; by default the one that
            the stacks create for the loop.
        athena_workgroup: Workgroup that runs the queries, for `athena`; by default the loop's.
        redis_url: Address of Redis, for `redis`.
        product_stats_table: DynamoDB table, for `dynamodb`; by default named after the loop.
        rater_key_secret: ARN or name of the secret of the loop, which decides what is held out; None for a public key.
        feedback_vouching_keys: Ids of API keys, separated by spaces, whose clients vouch for their raters by a login.
        feedback_client_labels: How many texts one client may label in a window, unless it vouches for its raters.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    lake_bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    aws_region: Annotated[str, Field(validation_alias=AliasChoices("AWS_REGION", "AWS_DEFAULT_REGION"))] = "us-east-1"
    window_days: Annotated[int, Field(ge=1, le=3650)] = 90
    # The pattern is also in infra_cdk and local, which cannot be imported here.
    loop_name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$", max_length=30)] = "SentimentLoop"
    feature_offline_store: Literal["duckdb", "ray", "athena"] = "duckdb"
    feature_online_store: Literal["dynamodb", "redis"] = "dynamodb"
    feature_memory_mb: Annotated[int, Field(ge=200)] = 1500
    ray_address: str | None = None
    athena_database: Annotated[
        str, Field(pattern=r"^[a-z0-9_]{1,255}$", default_factory=lambda given: _database_of(given["loop_name"]))
    ]
    athena_workgroup: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9._-]{1,128}$", default_factory=lambda given: given["loop_name"])
    ]
    redis_url: Annotated[str | None, Field(pattern=r"^rediss?://\S+$")] = None
    product_stats_table: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9_.-]{3,255}$")] = None
    rater_key_secret: str | None = None
    feedback_vouching_keys: Annotated[str, Field(pattern=r"^[A-Za-z0-9]*( [A-Za-z0-9]+)*$")] = ""
    feedback_client_labels: Annotated[int, Field(ge=0)] = CLIENT_LABELS

    @model_validator(mode="after")
    def _redis_has_an_address(self) -> Self:
        if self.feature_online_store == "redis" and self.redis_url is None:
            raise ValueError("FEATURE_ONLINE_STORE=redis needs REDIS_URL, such as redis://127.0.0.1:6379")
        return self

    @model_validator(mode="after")
    def _vouching_keys_have_a_secret(self) -> Self:
        if self.feedback_vouching_keys and self.rater_key_secret is None:
            raise ValueError("FEEDBACK_VOUCHING_KEYS needs RATER_KEY_SECRET, which `make up` and `make deploy` set")
        return self

    @property
    def project_in_keys(self) -> str:
        """The loop's name as it is in Redis's keys, where Feast has its project: without hyphens."""
        return self.loop_name.replace("-", "_")

    @property
    def online_table(self) -> str:
        """The DynamoDB table that holds the newest statistics of each product."""
        return self.product_stats_table or f"{self.loop_name}.product_stats"


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: One line naming every variable that is missing or wrong.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(in_one_line(error)) from error


def in_one_line(error: ValidationError) -> str:
    """Return what is wrong with settings that come from the environment: every variable, and where they are written."""
    problems = [
        " ".join((*(str(name).upper() for name in problem["loc"]), _reason(problem["type"], problem["msg"])))
        for problem in error.errors(include_url=False)
        if problem["type"] != "default_factory_not_called"  # follows from another
    ]
    return "; ".join(problems) + " (`make up` writes the settings to .local/env: `. .local/env` reads them)"


def _reason(kind: str, message: str) -> str:
    return "is not set" if kind == "missing" else message.removeprefix("Value error, ")


def _database_of(loop_name: str) -> str:
    """Return a name that the data catalogue accepts: no capitals, no hyphens."""
    return f"{loop_name.lower().replace('-', '_')}_lake"
