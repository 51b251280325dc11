"""The server's application: the API, the environment's web server, and the identity."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.addresses import IDENTITY_PATH, MWAA_SERVICE
from local.guard import Guard, foreign
from local.mwaa.control_plane import ControlPlane
from local.mwaa.tokens import Tokens
from local.mwaa.web_server import WebServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request

    from local.mwaa.airflow import Airflow
    from local.mwaa.settings import Settings


def make_app(settings: Settings, airflow: Airflow, *, clock: Callable[[], float] = time.monotonic) -> Starlette:
    """The application; tokens expire by `clock`, a monotonic clock in seconds."""
    tokens = {"cli_tokens": Tokens(clock), "web_tokens": Tokens(clock)}
    control_plane = ControlPlane(settings, airflow, **tokens)
    web_server = WebServer(settings, airflow, **tokens)

    async def identity(_request: Request) -> Response:
        return JSONResponse({"service": MWAA_SERVICE, "run_id": settings.run_id, "loop": settings.mwaa_environment})

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await airflow.close()

    return Starlette(
        routes=[Route(IDENTITY_PATH, identity), *control_plane.routes(), *web_server.routes()],
        middleware=[Middleware(Guard, refusal=partial(foreign, names=settings.mwaa_names.split()))],
        lifespan=lifespan,
    )
