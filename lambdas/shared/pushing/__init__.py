"""Counts what an execution environment answers, and pushes the counts to a pushgateway beside later calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.shared.pushing.calls import UNKNOWN_ROUTE

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdas.shared.pushing.calls import Answer, Event


def _no_route(_event: object) -> str:
    return UNKNOWN_ROUTE


def counted(
    handler: Callable[[Event, object], Answer],
    *,
    function: str,
    pushgateway_url: str,
    status_of: Callable[[Answer], int],
    route_of: Callable[[Event], str] = _no_route,
) -> Callable[[Event, object], Answer]:
    """Return a handler that counts and answers; without a pushgateway the handler itself.

    Args:
        handler: Answers the function's calls.
        function: Short name of the function, such as `inference`.
        pushgateway_url: May have `user:password@` in it; empty for none.
        status_of: Returns an answer's HTTP status. A call that raises counts as 500.
        route_of: Returns the gateway's resource that a call came through.
    """
    if not pushgateway_url:
        return handler
    from lambdas.shared.pushing.counting import Counting  # noqa: PLC0415 - only with a pushgateway

    return Counting(handler, function=function, pushgateway_url=pushgateway_url, status_of=status_of, route_of=route_of)
