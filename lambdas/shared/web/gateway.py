"""Builds an application, converts events of API Gateway for it, and its answers back."""

from __future__ import annotations

import asyncio
import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import FastAPI
from mangum import Mangum

from lambdas.shared.web.errors import add_error_handlers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fastapi import APIRouter
    from starlette.types import ASGIApp

_ROUTING_HEADERS = frozenset({"host", "x-forwarded-port"})
_PARAMETER = re.compile(r"\{(\w+)\+?\}")


def application(*routers: APIRouter) -> FastAPI:
    """Return the application, with the API's error answers."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    for router in routers:
        app.include_router(router)
    add_error_handlers(app)
    return app


def as_handler(app: ASGIApp) -> Callable[[dict[str, Any], object], dict[str, Any]]:
    """Return the handler of an application; the adapter is built once."""
    asyncio.set_event_loop(event_loop())
    adapter = Mangum(app, lifespan="off")  # type: ignore[arg-type] # wants a Coroutine, ASGI an Awaitable

    def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
        asyncio.set_event_loop(event_loop())  # Mangum needs a current loop and creates none
        return adapter(_routed(event), context)  # type: ignore[arg-type] # the runtime's own class

    return handler


@cache
def event_loop() -> asyncio.AbstractEventLoop:
    """Return the loop in which all requests of this process run, one at a time."""
    return asyncio.new_event_loop()


def _routed(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event with the path of its route, without unused headers that Mangum may not understand.

    The event's own path starts with the base path of a custom domain. Mangum 0.22.0 raises on `Host: [::1]:4566`.
    """
    parameters = event.get("pathParameters") or {}
    return {
        **event,
        "path": _PARAMETER.sub(lambda name: quote(parameters.get(name[1], name[0])), event["resource"]),
        "headers": _without(event.get("headers")),
        "multiValueHeaders": _without(event.get("multiValueHeaders")),
    }


def _without(headers: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (headers or {}).items() if name.lower() not in _ROUTING_HEADERS}
