"""Clients of AWS, made when first used. None waits long: the caller must answer before it is given up on."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

AwsError = (BotoCoreError, ClientError)
"""What a call may raise: no answer in time, or an answer that says no."""

_CONFIG = Config(
    connect_timeout=1,
    read_timeout=1.5,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=2,
    s3={"addressing_style": "path"},  # the one form of address that resolves on every emulator too
)


@cache
def _session() -> Session:
    """Do without boto3, which adds resources that nothing here uses, and time to a cold start."""
    return Session()


@cache
def s3() -> S3Client:
    """Return the client of S3."""
    return cast("S3Client", _session().create_client("s3", config=_CONFIG))


@cache
def dynamodb() -> DynamoDBClient:
    """Return the client of DynamoDB."""
    return cast("DynamoDBClient", _session().create_client("dynamodb", config=_CONFIG))


@cache
def secrets_manager() -> SecretsManagerClient:
    """Return the client of Secrets Manager."""
    return cast("SecretsManagerClient", _session().create_client("secretsmanager", config=_CONFIG))


def error_code(error: BotoCoreError | ClientError) -> str:
    """Return AWS's name of the error, or that of the exception where no answer came."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
