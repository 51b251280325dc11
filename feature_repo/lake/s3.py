"""Calls of S3 for the lake and the artifacts: what is missing, a conditional write, and errors in one line."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

_MISSING = {"NoSuchKey", "404"}
_CONDITION_FAILED = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_NO_ANSWER = (HTTPClientError, EndpointConnectionError, ConnectTimeoutError, IncompleteReadError)
_SERVER_ERROR = 500  # status codes from here on


def get_object(s3: S3Client, bucket: str, key: str) -> GetObjectOutputTypeDef | None:
    """Return an object; None if there is none."""
    try:
        return s3.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if _code(error) in _MISSING:
            return None
        raise


def put_if(
    s3: S3Client,
    bucket: str,
    key: str,
    content: bytes,
    *,
    replacing: str | None,
    content_type: str = "binary/octet-stream",
) -> str | None:
    """Write an object if the current one has this ETag (None: if there is none); S3 itself compares.

    Returns:
        The new ETag; None if another object is there, which is kept.
    """
    condition = {"IfNoneMatch": "*"} if replacing is None else {"IfMatch": replacing}
    try:
        answer = s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=content,
            ContentType=content_type,
            **condition,  # type: ignore[arg-type]  # boto3-stubs cannot see which keys it has
        )
    except ClientError as error:
        # S3 answers 404 instead of 412 if the object to match was removed in the meantime.
        if _code(error) in _CONDITION_FAILED | _MISSING:
            return None
        raise
    return answer["ETag"]


@contextmanager
def one_line_errors(kind: type[Exception], s3: S3Client, *, bucket: str, setting: str) -> Iterator[None]:
    """Turn a failed call into an error of this kind, which says in one line what is wrong and what to do.

    `setting` is the environment variable that names the bucket.
    """
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise kind(_in_one_line(error, bucket, setting, s3.meta.endpoint_url)) from error
    except S3UploadFailedError as error:
        raise kind(f"S3 cannot be used: {error}") from error


def _in_one_line(error: ClientError | BotoCoreError, bucket: str, setting: str, endpoint: str) -> str:
    if isinstance(error, ClientError):
        code = _code(error)
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= _SERVER_ERROR:
            return f"S3 at {endpoint} failed ({code}): try again."
        if code in {"NoSuchBucket", "404"}:
            reason = f"does not exist: deploy the data stack first, or correct {setting}"
        elif code in {"AccessDenied", "403"}:
            reason = "may not be used with these credentials"
        else:
            reason = f"cannot be used: {code}"
        return f"The bucket {bucket} {reason}."
    if isinstance(error, _NO_ANSWER):
        return f"S3 at {endpoint} did not answer: is it up? ({type(error).__name__})"
    return f"S3 cannot be used: {error}"


def _code(error: ClientError) -> str:
    """Return the error's code, such as `NoSuchKey`."""
    return error.response.get("Error", {}).get("Code", "unknown")
