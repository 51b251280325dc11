"""Builds an application from some of the API's routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from lambdas.shared.web.errors import add_error_handlers

if TYPE_CHECKING:
    from fastapi import APIRouter


def application(*routers: APIRouter) -> FastAPI:
    """Return the application, with the API's error answers."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    for router in routers:
        app.include_router(router)
    add_error_handlers(app)
    return app
