"""The API's documentation: its OpenAPI document, and Swagger UI, which needs no internet.

All links are relative, because the page is behind a stage's path on AWS and behind a longer one on an emulator.
"""

from __future__ import annotations

import gzip
from functools import cache
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import Response

from lambdas.shared.web.errors import ApiError

_FOLDER = Path(__file__).parent / "swagger_ui"
_FILES = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
}
_FAVICON = "data:,"
_CACHING = {"cache-control": "public, max-age=86400"}

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json")
async def openapi() -> Response:
    """Return the OpenAPI document of the whole API."""
    from lambdas.inference.openapi import openapi_json  # noqa: PLC0415 - a cold start needs no other function's routes

    return Response(openapi_json(), media_type="application/json")


@router.get("/docs")
async def docs() -> Response:
    """Return the page of Swagger UI."""
    return get_swagger_ui_html(
        openapi_url="openapi.json",
        title="Sentiment Loop",
        swagger_js_url="docs/swagger-ui-bundle.js",
        swagger_css_url="docs/swagger-ui.css",
        swagger_favicon_url=_FAVICON,
    )


@router.get("/docs/{name}")
async def docs_file(name: str) -> Response:
    """Return one of the files that the page needs."""
    if name not in _FILES:
        raise ApiError(HTTPStatus.NOT_FOUND, "not_found", "there is no such file")
    return Response(_read(name), media_type=_FILES[name], headers=_CACHING)


@cache
def _read(name: str) -> bytes:
    return gzip.decompress((_FOLDER / f"{name}.gz").read_bytes())
