"""Keeps web pages away from the servers of this machine: refuses requests that a foreign page may have sent.

A page in the user's browser can send requests to any port of this machine: without reading the answer as it is, and
with reading it once its own host name resolves to this machine (DNS rebinding). What it cannot choose is what the
browser tells: the host name in the page's address, and from which page a request comes.

Standard library only: the emulator's environment imports it too.
"""

from __future__ import annotations

import json
import logging
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping, Sequence

    Message = MutableMapping[str, Any]
    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Scope, Receive, Send], Awaitable[None]]
    Refusal = tuple[HTTPStatus, str]

OWN_HOST = re.compile(rb"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
"""The names of this machine that nobody else can own, with any port: a tunnel may have another."""
_LONGEST_LOGGED_PATH = 200
_POLICY_VIOLATION = 1008

logger = logging.getLogger("sentiment-loop")


def foreign_host(scope: Scope, names: Sequence[str] = ()) -> Refusal | None:
    """The refusal of a request that does not name this machine, or one of `names`, as its host, exactly once."""
    hosts = values(scope, b"host")
    if len(hosts) == 1 and (OWN_HOST.fullmatch(hosts[0]) or hosts[0].partition(b":")[0].decode("latin-1") in names):
        return None
    return HTTPStatus.BAD_REQUEST, "This server is for this machine only: use 127.0.0.1 or localhost as its host name"


def foreign_page(scope: Scope) -> Refusal | None:
    """The refusal of a request that another server's page sent, but for a link that opens a page of this one.

    `foreign_host` must have passed it.
    """
    own = b"http://" + values(scope, b"host")[0].lower()
    from_own_page = all(origin.lower() == own for origin in values(scope, b"origin"))
    if from_own_page and (set(values(scope, b"sec-fetch-site")) <= {b"none", b"same-origin"} or _follows_a_link(scope)):
        return None
    return HTTPStatus.FORBIDDEN, "Pages of other servers may not use this one"


def foreign(scope: Scope, names: Sequence[str] = ()) -> Refusal | None:
    """The refusal of a request with a foreign host or from a foreign page; hosts in `names` are not foreign."""
    return foreign_host(scope, names) or foreign_page(scope)


def values(scope: Scope, name: bytes) -> list[bytes]:
    """The values of a header, one for each line that has it."""
    return [value for header, value in scope["headers"] if header == name]


def shown_path(path: str) -> str:
    """The path of a request as logs show it: shortened, and on one line whatever it holds."""
    return quote(path[:_LONGEST_LOGGED_PATH], safe="/{}:@")


def _follows_a_link(scope: Scope) -> bool:
    """Whether the browser's tab, not a frame or a script in a page, asks for the address."""
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and values(scope, b"sec-fetch-mode") == [b"navigate"]
        and values(scope, b"sec-fetch-dest") == [b"document"]
    )


class Guard:
    """An ASGI application that passes requests on to another one, but for those that `refusal` refuses."""

    def __init__(self, app: Application, *, refusal: Callable[[Scope], Refusal | None] = foreign) -> None:
        self._app, self._refusal = app, refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or connection, or start and stop with the server."""
        refusal = None if scope["type"] == "lifespan" else self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send)
            return
        status, reason = refusal
        logger.warning("refused %s %s: %s", scope.get("method", scope["type"]), shown_path(scope["path"]), reason)
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": reason})
            return
        body = json.dumps({"message": reason}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status.value, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
