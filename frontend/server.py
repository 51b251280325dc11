"""The ASGI application: Streamlit's, closed to host names and frames of others.

python -m uvicorn frontend.server:app --port 8501
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from streamlit.starlette import App

from frontend.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Unframed:
    """Forbids other pages to show this one in a frame, where a click may mean something else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, with a header more on answers."""

        async def send_unframed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", b"frame-ancestors 'none'")]
            await send(message)

        await self._app(scope, receive, send_unframed)


app = App(
    Path(__file__).with_name("app.py"),
    middleware=[
        Middleware(TrustedHostMiddleware, allowed_hosts=Settings().hosts, www_redirect=False),
        Middleware(Unframed),
    ],
)
