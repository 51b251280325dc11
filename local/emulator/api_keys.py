"""The API key in the event that a function gets: `requestContext.identity` has its id, as on AWS.

ministack 1.5.33 checks the key and leaves it out of the event. API Gateway names it for methods that require one.
"""

from __future__ import annotations

from typing import Any

from ministack.services import apigateway_v1

_build = apigateway_v1._build_lambda_event_v1


def install() -> None:
    """Patch ministack."""
    apigateway_v1._build_lambda_event_v1 = _with_key


def _with_key(*arguments: Any, **named: Any) -> dict[str, Any]:  # noqa: ANN401 (passed on)
    event: dict[str, Any] = _build(*arguments, **named)
    resource, _path, method, headers = arguments[3:7]
    methods = resource.get("resourceMethods", {})
    if (methods.get(method) or methods.get("ANY") or {}).get("apiKeyRequired"):
        key = apigateway_v1._resolve_api_key(apigateway_v1._api_key_from_request(headers))
        if key:  # it was checked before
            event["requestContext"]["identity"] |= {"apiKey": key["value"], "apiKeyId": key["id"]}
    return event
