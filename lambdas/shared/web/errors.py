"""Error answers of the API, all of the shape `{"error": {"code", "message"}}`, without stack traces."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sentiment.schemas.api import ErrorAnswer

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

_MEANINGS = {
    400: "The body cannot be read",
    403: "No API key, or one that may not make this call",
    404: "No such prediction",
    409: "The stored prediction is damaged",
    410: "The prediction is too old",
    413: "The body is too large",
    415: "The body is compressed otherwise than with gzip",
    422: "The request does not match the schema",
    429: "Too many requests",
    500: "Something failed on our side",
    502: "The function crashed or was killed",
    503: "Temporarily unavailable",
    504: "The function took too long",
}
"""Not `HTTPStatus.phrase`, which Python 3.13 changed: the document is the same on every version."""
_RETRY_AFTER_S = 5
_NAMED_ERRORS = 3
_MAX_PLACE = 80


class ApiError(Exception):
    """An answer that is not a success.

    Attributes:
        status: HTTP status.
        code: For programs: part of the API.
        message: For people.
        retry_after_s: Seconds after which to try again, if that may help.
    """

    def __init__(self, status: int, code: str, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s

    def response(self) -> Response:
        """Return the answer."""
        headers = {} if self.retry_after_s is None else {"retry-after": str(self.retry_after_s)}
        return _response(self.status, self.code, self.message, headers)


def unavailable(code: str, message: str) -> ApiError:
    """Return the answer of a call that may succeed in a few seconds."""
    return ApiError(HTTPStatus.SERVICE_UNAVAILABLE, code, message, retry_after_s=_RETRY_AFTER_S)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return these statuses' entries for the OpenAPI document."""
    return {status: {"model": ErrorAnswer, "description": _MEANINGS[status]} for status in statuses}


def add_error_handlers(app: FastAPI) -> None:
    """Make the application answer every error in the API's shape."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)


async def _api_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - how it was registered
    return error.response()


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - how it was registered
    errors = error.errors()
    if errors[0]["type"] == "json_invalid":
        return _not_json()
    named = [f"{_place(one['loc'])}: {one['msg'].removeprefix('Value error, ')}" for one in errors[:_NAMED_ERRORS]]
    if len(errors) > _NAMED_ERRORS:
        named.append(f"and {len(errors) - _NAMED_ERRORS} more")
    return _response(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", "; ".join(named), {})


async def _http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - how it was registered
    status = HTTPStatus(error.status_code)
    if status == HTTPStatus.BAD_REQUEST:  # FastAPI's answer to JSON nested too deep and to numbers of 5,000 digits
        return _not_json()
    return _response(status, status.name.lower(), str(error.detail), dict(error.headers or {}))


async def _unexpected(_request: Request, _error: Exception) -> Response:
    """Answer; Starlette raises the error again afterwards, and the adapter logs it."""
    return _response(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "something went wrong on our side", {})


def _not_json() -> Response:
    return _response(HTTPStatus.BAD_REQUEST, "not_json", "the body is not valid JSON", {})


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location))[:_MAX_PLACE]


def _response(status: int, code: str, message: str, headers: dict[str, str]) -> Response:
    """Return the answer in ASCII: a message may quote invalid Unicode of the client."""
    content = json.dumps({"error": {"code": code, "message": message}})
    return Response(content, status, headers, media_type="application/json")
