"""What the feature store needs to know of its surroundings, from environment variables."""

from __future__ import annotations

from typing import Annotated

from pydantic import AliasChoices, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from feature_repo.errors import SettingsError


class Settings(BaseSettings):
    """The settings of the feature store; AWS clients read theirs (`AWS_ENDPOINT_URL`, credentials) themselves.

    Attributes:
        lake_bucket: Bucket of the raw events and of everything made from them.
        aws_region: Region of that bucket.
        window_days: Days that are trained on, and that the numbers of a product look back.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    lake_bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    aws_region: Annotated[str, Field(validation_alias=AliasChoices("AWS_REGION", "AWS_DEFAULT_REGION"))] = "us-east-1"
    window_days: Annotated[int, Field(ge=1, le=3650)] = 90


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: One line naming every variable that is missing or wrong.
    """
    try:
        return Settings()
    except ValidationError as error:
        problems = [
            f"{str(problem['loc'][0]).upper()} {_reason(problem['type'], problem['msg'])}"
            for problem in error.errors(include_url=False)
        ]
        raise SettingsError(
            "; ".join(problems) + " (`make up` writes the settings to .local/env: `. .local/env` reads them)"
        ) from error


def _reason(kind: str, message: str) -> str:
    return "is not set" if kind == "missing" else message.removeprefix("Value error, ")
