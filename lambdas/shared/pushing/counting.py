"""A handler that counts its calls, and starts a push beside one where a push is due."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Generic

from lambdas.shared.pushing.calls import Answer, Event
from lambdas.shared.pushing.counts import Counts
from lambdas.shared.pushing.pushes import Pushes

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdas.shared.pushing.group import Group


class Counting(Generic[Event, Answer]):
    """Answers as the handler does. The arguments are those of `counted`, and the clock that pushes go by."""

    def __init__(
        self,
        handler: Callable[[Event, object], Answer],
        *,
        function: str,
        pushgateway_url: str,
        status_of: Callable[[Answer], int],
        route_of: Callable[[Event], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._handler = handler
        self._function = function
        self._pushgateway_url = pushgateway_url
        self._status_of = status_of
        self._route_of = route_of
        self._counts = Counts()
        self._pushes = Pushes(self._push, clock)
        self._group: Group | None = None

    def __call__(self, event: Event, context: object) -> Answer:
        """Answer a call, and count it."""
        started = time.perf_counter()
        if self._counts.answered:  # a cold start has waited enough
            self._pushes.start_if_due()
        status = int(HTTPStatus.INTERNAL_SERVER_ERROR)
        try:
            answer = self._handler(event, context)
            status = int(self._status_of(answer))
            return answer
        finally:
            self._counts.add(self._route_of(event), str(status), time.perf_counter() - started)

    def _push(self, failures: int) -> None:
        """Push, in a thread beside a call: Lambda gives an environment no time between two."""
        if self._group is None:
            from lambdas.shared.pushing.group import Group  # noqa: PLC0415 - imports prometheus_client, in 50 ms

            self._group = Group(self._pushgateway_url, self._function)
        self._group.push(self._counts.so_far(), push_failures=failures)
