"""From an event of the API Gateway to an application and back."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING, Any

from mangum import Mangum

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import ASGIApp

_ROUTING_HEADERS = frozenset({"host", "x-forwarded-port"})


def as_handler(app: ASGIApp) -> Callable[[dict[str, Any], object], dict[str, Any]]:
    """Return what Lambda calls; the adapter is built once."""
    asyncio.set_event_loop(event_loop())
    adapter = Mangum(app, lifespan="off")  # type: ignore[arg-type] # asks for a Coroutine, ASGI for an Awaitable

    def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
        asyncio.set_event_loop(event_loop())  # Mangum asks for the current one and makes none
        return adapter(_without_routing_headers(event), context)  # type: ignore[arg-type] # the runtime's own class

    return handler


@cache
def event_loop() -> asyncio.AbstractEventLoop:
    """Return the loop that every request of this process runs in, one after the other."""
    return asyncio.new_event_loop()


def _without_routing_headers(event: dict[str, Any]) -> dict[str, Any]:
    """Mangum 0.22.0 raises on what a client may put there (`Host: [::1]:4566`); nothing here reads it."""
    return {
        **event,
        "headers": _without(event.get("headers")),
        "multiValueHeaders": _without(event.get("multiValueHeaders")),
    }


def _without(headers: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (headers or {}).items() if name.lower() not in _ROUTING_HEADERS}
