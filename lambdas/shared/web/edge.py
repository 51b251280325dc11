"""The outermost layer of an application: checks bodies, and adds an id and a line in the log to every request."""

from __future__ import annotations

import json
import logging
import time
from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import uuid4

from lambdas.shared.web.errors import ApiError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 4 * 1024 * 1024
"""Enough for 100 reviews of 10,000 characters of four bytes, and in base64 within Lambda's own limit."""

_MAX_PATH = 100

_logger = logging.getLogger("lambdas.request")
_logger.setLevel(logging.INFO)
_logger.addHandler(logging.StreamHandler())
_logger.propagate = False  # the runtime's own handler drops anything below a warning

_UTF8 = frozenset({"utf-8", "utf-8-sig"})


class Edge:
    """Wraps an application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(scope)
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._answer(scope, receive, send_with_id)
        finally:
            line = {  # never texts, keys or IP addresses
                "request_id": request_id,
                "method": scope["method"],
                "path": scope["path"][:_MAX_PATH],
                "status": status,
                "ms": round(1000 * (time.perf_counter() - started), 1),
            }
            _logger.info(json.dumps(line))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await _body(receive)
        except ApiError as error:
            await error.response()(scope, receive, send)
            return

        async def receive_body() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(_as_json(scope), receive_body, send)


def _request_id(scope: Scope) -> str:
    """Return the id in the gateway's access log; without a gateway that of Lambda."""
    if gateway_id := scope.get("aws.event", {}).get("requestContext", {}).get("requestId"):
        return str(gateway_id)
    context = scope.get("aws.context")
    return str(context.aws_request_id) if context else str(uuid4())


async def _body(receive: Receive) -> bytes:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MAX_BODY_BYTES:
            message_text = f"the body has more than {MAX_BODY_BYTES:,} bytes"
            raise ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", message_text)
    if not _is_utf8(body):
        raise ApiError(HTTPStatus.BAD_REQUEST, "not_utf8", "the body is not UTF-8")
    return body


def _is_utf8(body: bytes) -> bool:
    """Return whether the body is UTF-8; UTF-16 and UTF-32, which the JSON parser would accept, may look like it."""
    if json.detect_encoding(body) not in _UTF8:
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _as_json(scope: Scope) -> Scope:
    """Return the scope with JSON as content type, because `curl -d` says that it sends a form."""
    headers = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
    return {**scope, "headers": [*headers, (b"content-type", b"application/json")]}
