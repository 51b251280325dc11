"""The client of the MWAA API, with timeouts that fit into the function's."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from lambdas.retrain.errors import RefusedError, UnexpectedAnswerError, UnreachableError

if TYPE_CHECKING:
    from mypy_boto3_mwaa import MWAAClient

_CONNECT_S = 2.0
_READ_S = 12.0
"""MWAA itself gives Airflow ten seconds to answer a call of its REST API."""
_ATTEMPTS = 2
_LONGEST_PAUSE_S = 1.0
_LONGEST_API_CALL_S = _ATTEMPTS * (_CONNECT_S + _READ_S) + _LONGEST_PAUSE_S
"""A call has an answer or has failed by then. Every call may be repeated: runs are started by id."""
LONGEST_COMMAND_S = 40.0
DEADLINE_S = {"rest": 20.0, "cli": 60.0}
"""By trigger: no call starts after it, so that the function can say what happened before its own timeout."""
LONGEST_CALL_S = {"rest": _LONGEST_API_CALL_S, "cli": _LONGEST_API_CALL_S + LONGEST_COMMAND_S}
"""The longest that a started call takes."""
_REFUSALS = {"AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException"}


def client(endpoint: str | None) -> MWAAClient:
    """Return the client of an API at a URL; None for that of AWS."""
    config = Config(
        connect_timeout=_CONNECT_S,
        read_timeout=_READ_S,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        # AWS has a host for each part of the API; a given endpoint serves all of it.
        inject_host_prefix=endpoint is None,
    )
    return cast("MWAAClient", Session().create_client("mwaa", config=config, endpoint_url=endpoint))


def failure(error: BotoCoreError | ClientError) -> RefusedError | UnexpectedAnswerError | UnreachableError:
    """Return the error that a failed call means."""
    if not isinstance(error, ClientError):
        return UnreachableError(f"Airflow does not answer: {error}")
    code = error.response["Error"]["Code"]
    if code in _REFUSALS:
        return RefusedError(f"The MWAA API refuses these credentials: {code}.")
    if code == "ResourceNotFoundException":
        return UnreachableError("There is no such Airflow environment: deploy it, or start it with make up.")
    if error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= _SERVER_ERROR or code in _SERVER_FAULTS:
        return UnreachableError(f"Airflow does not answer: the MWAA API says {code}.")
    return UnexpectedAnswerError(f"The MWAA API refused the call: {code} {error.response['Error'].get('Message', '')}")


_SERVER_ERROR = 500
_SERVER_FAULTS = {"InternalServerException", "RestApiServerException"}
