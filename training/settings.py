"""What training needs to know of its surroundings, from environment variables."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, AliasChoices, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from sentiment.evaluation.trust import FEEDBACK_SHARE
from training.errors import SettingsError


def _http_address(uri: str) -> str:
    if not uri.startswith(("http://", "https://")):
        raise ValueError("must be the http:// or https:// address of an MLflow server")
    return uri.rstrip("/")


class Settings(BaseSettings):
    """The settings of `python -m training`; boto3 reads its own (`AWS_ENDPOINT_URL`, credentials) itself.

    Attributes:
        mlflow_tracking_uri: Address of the tracking server, without a trailing slash.
        artifacts_bucket: Bucket of the pointer and the served artifacts.
        aws_region: Region of that bucket.
        gate_margin: By how much F1 may be worse at the lower bound; None to choose by the number of held-out reviews.
        feedback_share: What share of a window's whole weight feedback may have, at most.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    mlflow_tracking_uri: Annotated[str, AfterValidator(_http_address)]
    artifacts_bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    aws_region: Annotated[str, Field(validation_alias=AliasChoices("AWS_REGION", "AWS_DEFAULT_REGION"))] = "us-east-1"
    gate_margin: Annotated[float | None, Field(gt=0, le=0.03)] = None
    feedback_share: Annotated[float, Field(ge=0, lt=1)] = FEEDBACK_SHARE


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
