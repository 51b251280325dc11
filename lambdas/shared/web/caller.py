"""Who calls: the id of the API key that the gateway checked, which no client can make up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request


def api_key_id(request: Request) -> str | None:
    """Return the id of the caller's API key; None if the function was called without the gateway."""
    context = request.scope.get("aws.event", {}).get("requestContext") or {}
    found = (context.get("identity") or {}).get("apiKeyId")
    return found if isinstance(found, str) and found else None
