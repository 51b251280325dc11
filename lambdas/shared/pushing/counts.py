"""What an execution environment counts of its calls, in plain numbers: an answer waits for them."""

from __future__ import annotations

from bisect import bisect_left
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from lambdas.shared.pushing.calls import UNKNOWN_ROUTE
from sentiment.schemas.metrics import REQUEST_BUCKETS_S

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_ROUTES = 20
"""Twice as many as a function has: whoever may call it without the gateway can name any."""
_FAILURES = ("500", "503")
"""Counted from a route's first call on, because what is pushed as 0 first is seen one push later."""


class Durations(NamedTuple):
    """How long the calls of a route took.

    Attributes:
        buckets: How many took at most each bound of `REQUEST_BUCKETS_S` and longer than the one before; then the rest.
        total_s: The sum of all.
    """

    buckets: tuple[int, ...]
    total_s: float


class Counted(NamedTuple):
    """The counts of one moment.

    Attributes:
        requests: How many calls were answered, by route and status.
        durations: How long they took, by route.
    """

    requests: Mapping[tuple[str, str], int]
    durations: Mapping[str, Durations]


class Counts:
    """Counts calls in the thread that answers; another one may read."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: dict[tuple[str, str], int] = {}
        self._buckets: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}

    @property
    def answered(self) -> bool:
        """Whether a call was answered."""
        return bool(self._requests)

    def add(self, route: str, code: str, seconds: float) -> None:
        """Count a call."""
        with self._lock:
            if route not in self._buckets:
                route = self._begin(route)
            self._requests[route, code] = self._requests.get((route, code), 0) + 1
            self._buckets[route][bisect_left(REQUEST_BUCKETS_S, seconds)] += 1
            self._seconds[route] += seconds

    def so_far(self) -> Counted:
        """Return the counts of this moment."""
        with self._lock:
            durations = {
                route: Durations(tuple(buckets), self._seconds[route]) for route, buckets in self._buckets.items()
            }
            return Counted(dict(self._requests), durations)

    def _begin(self, route: str) -> str:
        """Return the name under which a new route counts."""
        if len(self._buckets) >= _MOST_ROUTES:
            route = UNKNOWN_ROUTE
        if route not in self._buckets:
            self._buckets[route] = [0] * (len(REQUEST_BUCKETS_S) + 1)
            self._seconds[route] = 0.0
            self._requests.update({(route, code): 0 for code in _FAILURES})
        return route
