"""The ASGI application: Streamlit's, closed to host names, pages and frames of others.

`python -m uvicorn frontend.server:app --port 8501` serves it.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocketClose
from streamlit.starlette import App

from frontend.many.places import places
from frontend.sessions import admitted
from frontend.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class OwnPagesOnly:
    """Refuses what pages of other servers send, and to be shown in their frames, where a click may mean another thing.

    Streamlit itself lets pages of every server on this machine open its web socket.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what its own pages send."""

        async def send_unframed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", b"frame-ancestors 'none'")]
            await send(message)

        if scope["type"] in {"http", "websocket"} and _is_foreign(Headers(scope=scope)):
            refusal = (
                PlainTextResponse("Pages of other servers may not use this one", HTTPStatus.FORBIDDEN)
                if scope["type"] == "http"
                else WebSocketClose()
            )
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send_unframed)


class UploadsAfterLogin:
    """Refuses files of sessions that no page has let in: Streamlit keeps them in memory."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on everything else."""
        _, is_upload, rest = scope.get("path", "").partition("/_stcore/upload_file/")
        if is_upload and rest.partition("/")[0] not in admitted():
            await PlainTextResponse("Log in first", HTTPStatus.FORBIDDEN)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _is_foreign(headers: Headers) -> bool:
    """Say whether another server's page asks; the scheme may be another behind a proxy that ends TLS."""
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


@asynccontextmanager
async def _files_removed(_app: App) -> AsyncIterator[None]:
    """Remove uploaded files when the server stops, and at the start those that a killed one left."""
    stored = places()
    yield
    stored.close()


app = App(
    Path(__file__).with_name("app.py"),
    lifespan=_files_removed,
    middleware=[
        Middleware(TrustedHostMiddleware, allowed_hosts=Settings().hosts, www_redirect=False),
        Middleware(OwnPagesOnly),
        Middleware(UploadsAfterLogin),
    ],
)
