"""What a failed call of S3 means, in one line for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
)

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError

_SILENT = (HTTPClientError, EndpointConnectionError, ConnectTimeoutError, IncompleteReadError)
_ITS_OWN_FAULT = 500  # status codes from here on


def code_of(error: ClientError) -> str:
    """Return the error's code, such as `NoSuchKey`."""
    return error.response.get("Error", {}).get("Code", "unknown")


def s3_failure(error: ClientError | BotoCoreError, *, bucket: str, setting: str, endpoint: str) -> str:
    """Say what is wrong, and what to do where that is known.

    Args:
        error: What botocore raised.
        bucket: That was asked for.
        setting: The environment variable that names the bucket.
        endpoint: Address of S3.
    """
    if isinstance(error, ClientError):
        code = code_of(error)
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= _ITS_OWN_FAULT:
            return f"S3 at {endpoint} failed ({code}): try again."
        if code in {"NoSuchBucket", "404"}:
            reason = f"does not exist: deploy the data stack first, or correct {setting}"
        elif code in {"AccessDenied", "403"}:
            reason = "may not be used with these credentials"
        else:
            reason = f"cannot be used: {code}"
        return f"The bucket {bucket} {reason}."
    if isinstance(error, _SILENT):
        return f"S3 at {endpoint} did not answer: is it up? ({type(error).__name__})"
    return f"S3 cannot be used: {error}"
