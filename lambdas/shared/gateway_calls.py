"""What counting needs to know of a call that came through API Gateway: its route and its status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdas.shared.pushing.calls import UNKNOWN_ROUTE

if TYPE_CHECKING:
    from collections.abc import Mapping


def resource_of(event: object) -> str:
    """Return the route that the gateway chose, such as `/predict`, of an event that may not be the gateway's."""
    resource = event.get("resource") if isinstance(event, dict) else None
    return resource if isinstance(resource, str) else UNKNOWN_ROUTE


def status_of(answer: Mapping[str, Any]) -> int:
    """Return the HTTP status of an answer to the gateway."""
    status: int = answer["statusCode"]
    return status
