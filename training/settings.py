"""The settings of training, from environment variables."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, AliasChoices, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from feature_repo.settings import in_one_line
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
        feedback_share: The largest share of a window's total weight that feedback may have.
        lake_bucket: Bucket of the lake, whose texts keep their sides in runs from files; None without a loop.
        rater_key_secret: ARN or name of the secret of the loop, which decides what is held out; None for a public key.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    mlflow_tracking_uri: Annotated[str, AfterValidator(_http_address)]
    artifacts_bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    aws_region: Annotated[str, Field(validation_alias=AliasChoices("AWS_REGION", "AWS_DEFAULT_REGION"))] = "us-east-1"
    gate_margin: Annotated[float | None, Field(gt=0, le=0.03)] = None
    feedback_share: Annotated[float, Field(ge=0, lt=1)] = FEEDBACK_SHARE
    lake_bucket: str | None = None
    rater_key_secret: str | None = None


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: One line naming every missing or invalid variable.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(in_one_line(error)) from error
