"""Answers an API call whose function crashed or raised as API Gateway does.

AWS answers 502 with the API's gateway response for `DEFAULT_5XX`, without details of the function. ministack 1.5.33
returns the function's error to the caller, with paths of this machine in it; here that goes to the log.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from ministack.services import apigateway_v1

_shape = apigateway_v1._lambda_proxy_response
_invoke = apigateway_v1._invoke_lambda_proxy_v1
_render = apigateway_v1._gateway_error_response

logger = logging.getLogger("sentiment-loop")


class _FunctionFailedError(Exception):
    pass


class _BadGateway(apigateway_v1._GatewayError):  # type: ignore[misc] # ministack has no types
    pass


def install() -> None:
    """Patch ministack."""
    apigateway_v1._lambda_proxy_response = _shaped
    apigateway_v1._invoke_lambda_proxy_v1 = _invoked
    apigateway_v1._gateway_error_response = _rendered


def _shaped(result: Any) -> tuple[Any, None]:  # noqa: ANN401 (ministack's)
    response, problem = _shape(result)
    if problem:
        raise _FunctionFailedError(problem)
    return response, None


async def _invoked(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 (passed on)
    try:
        return await _invoke(*arguments, **named)
    except _FunctionFailedError as failed:
        logger.error("a function failed: %s", failed)  # noqa: TRY400 (the traceback is ministack's)
        return _BadGateway("DEFAULT_5XX", "Internal server error")


def _rendered(error: Any, request: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:  # noqa: ANN401 (passed on)
    status, headers, body = _render(error, request)
    if isinstance(error, _BadGateway) and status == HTTPStatus.INTERNAL_SERVER_ERROR:  # the API defines no other
        status = HTTPStatus.BAD_GATEWAY.value
    return status, headers, body
