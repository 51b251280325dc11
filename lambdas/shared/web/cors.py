"""Which web pages may call the API: those of the origins that the setting `allowed_origins` names."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.middleware.cors import CORSMiddleware

from lambdas.shared.web.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.datastructures import Headers
    from starlette.responses import Response
    from starlette.types import ASGIApp

_MAX_AGE_S = 7200
"""As long as Chromium remembers a preflight at most."""


class Cors(CORSMiddleware):
    """Lets pages of these origins read every answer, errors included; answers preflights without the application."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=("GET", "POST"),
            allow_headers=("Content-Encoding", "Content-Type", "x-api-key"),
            allow_private_network=True,  # a page on the web may call a loop on this machine, too
            expose_headers=("retry-after", "x-request-id"),
            max_age=_MAX_AGE_S,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """Return the answer to a preflight; one that is refused has the API's error shape."""
        response = super().preflight_response(request_headers)
        if response.status_code == HTTPStatus.OK:
            return response
        message = "this origin, method or header is not open to web pages: see the setting allowed_origins"
        return ApiError(HTTPStatus.FORBIDDEN, "foreign_origin", message).response()
