"""Simulated time for threads that take turns: one runs until it sleeps, then the one that wakes up next."""

from __future__ import annotations

import heapq
import itertools
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future, ThreadPoolExecutor


class Turns:
    """A clock with the `monotonic` and `sleep` of `time`, for the thread that made it and those that it starts.

    Code runs in no simulated time; only `sleep` takes any. With seeded random numbers every run is the same.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._sleepers: list[tuple[float, int, Lock]] = []
        self._number = itertools.count()

    def monotonic(self) -> float:
        """Return the simulated time, in seconds."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let the others run until it is this thread's turn again."""
        turn = self._turn_in(seconds)
        self._next()
        turn.acquire()

    def start(self, pool: ThreadPoolExecutor, function: Callable[[], None]) -> Future[None]:
        """Run a function in a thread of its own, which the pool must have left, as soon as this one sleeps."""
        turn = self._turn_in(0.0)

        def run() -> None:
            turn.acquire()
            try:
                function()
            finally:
                self._next()

        return pool.submit(run)

    def _turn_in(self, seconds: float) -> Lock:
        turn = Lock()
        turn.acquire()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._number), turn))
        return turn

    def _next(self) -> None:
        self._now, _, turn = heapq.heappop(self._sleepers)
        turn.release()
