"""AWS clients, created at first use, with timeouts that let a function answer before its own."""

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
    from mypy_boto3_sqs import SQSClient

AwsError = (BotoCoreError, ClientError)
"""Errors of a call: no answer in time, or a refusal."""

_CONNECT_S = 1.0
_READ_S = 1.5
_ATTEMPTS = 2
_LONGEST_PAUSE_S = 1.0
"""Before the second attempt, in botocore's standard mode."""
LONGEST_CALL_S = _ATTEMPTS * (_CONNECT_S + _READ_S) + _LONGEST_PAUSE_S
"""A call has an answer or has failed by then; the functions' deadlines follow from it."""

_QUICK_S = 0.05
_BRIEF_S = 0.4
LONGEST_BRIEF_CALL_S = 2 * _BRIEF_S

_CONFIG = Config(
    connect_timeout=_CONNECT_S,
    read_timeout=_READ_S,
    retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
    max_pool_connections=2,
    s3={"addressing_style": "path"},  # resolves at any AWS_ENDPOINT_URL; AWS answers both forms
)


_QUICK_CONFIG = Config(
    connect_timeout=_QUICK_S, read_timeout=_QUICK_S, retries={"total_max_attempts": 1}, max_pool_connections=2
)
_BRIEF_CONFIG = Config(
    connect_timeout=_BRIEF_S, read_timeout=_BRIEF_S, retries={"total_max_attempts": 1}, max_pool_connections=1
)


@cache
def _session() -> Session:
    """Return the session: botocore's, because boto3 would make a cold start slower for resources that are not used."""
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
def quick_dynamodb() -> DynamoDBClient:
    """Return a client of DynamoDB for optional reads: one attempt, with timeouts of 50 ms."""
    return cast("DynamoDBClient", _session().create_client("dynamodb", config=_QUICK_CONFIG))


@cache
def brief_dynamodb() -> DynamoDBClient:
    """Return a client of DynamoDB for a call that a request can do without: one attempt, timeouts of 0.4 s."""
    return cast("DynamoDBClient", _session().create_client("dynamodb", config=_BRIEF_CONFIG))


@cache
def secrets_manager() -> SecretsManagerClient:
    """Return the client of Secrets Manager."""
    return cast("SecretsManagerClient", _session().create_client("secretsmanager", config=_CONFIG))


@cache
def brief_secrets_manager() -> SecretsManagerClient:
    """Return a client of Secrets Manager for a read that a request can do without: one attempt, timeouts of 0.4 s."""
    return cast("SecretsManagerClient", _session().create_client("secretsmanager", config=_BRIEF_CONFIG))


@cache
def sqs() -> SQSClient:
    """Return the client of SQS."""
    return cast("SQSClient", _session().create_client("sqs", config=_CONFIG))


def error_code(error: BotoCoreError | ClientError) -> str:
    """Return AWS's error code, or the exception's name if there was no answer."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
