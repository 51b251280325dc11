"""The outermost layer of an application: reads bodies, and adds an id and a line in the log to every request."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING
from uuid import uuid4

from lambdas.shared.web.body import read_body
from lambdas.shared.web.cors import Cors
from lambdas.shared.web.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MAX_PATH = 100

_logger = logging.getLogger("lambdas.request")
_logger.setLevel(logging.INFO)
_logger.addHandler(logging.StreamHandler())
_logger.propagate = False  # the runtime's own handler drops anything below a warning


class Edge:
    """Wraps an application, which web pages of the allowed origins may call too."""

    def __init__(self, app: ASGIApp, *, allowed_origins: Collection[str] = ()) -> None:
        self._app = app
        self._answering: ASGIApp = Cors(self._answer, allowed_origins) if allowed_origins else self._answer

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
            await self._answering(scope, receive, send_with_id)
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
            body = await read_body(receive, scope["headers"])
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


def _as_json(scope: Scope) -> Scope:
    """Return the scope with JSON as content type, because `curl -d` says that it sends a form."""
    headers = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
    return {**scope, "headers": [*headers, (b"content-type", b"application/json")]}
