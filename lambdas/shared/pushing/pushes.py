"""When an execution environment pushes: at most every 10 s, one push at a time, and less often while pushes fail."""

from __future__ import annotations

import logging
import time
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

INTERVAL_S = 10.0
HEAD_START_S = 0.002
"""What a call computes before it waits for a table. One of the two holds the interpreter, and the call comes first."""
FIRST_PAUSE_S = 60.0
LONGEST_PAUSE_S = 600.0
"""Shorter than the 15 minutes of silence after which a group is deleted."""

logger = logging.getLogger(__name__)


class PushError(Exception):
    """A push failed; the message says why, without the gateway's address, which may have a password in it."""


class Pushes:
    """Starts pushes, each in a thread of its own. No error of one reaches the caller: it is counted, and logged.

    After a failure there is no attempt for a minute, then for twice as long each time, up to ten minutes.
    """

    def __init__(self, push: Callable[[int], None], clock: Callable[[], float]) -> None:
        """Take what pushes.

        Args:
            push: Is given how many pushes failed before. Raises PushError.
            clock: Returns seconds.
        """
        self._push = push
        self._clock = clock
        self._running = False
        self._due_at = float("-inf")
        self._pause_s = 0.0
        self._failures = 0
        self._problem: str | None = None

    def start_if_due(self) -> None:
        """Start a push, unless one is running, or the last one began or failed too recently."""
        if self._running or self._clock() < self._due_at:
            return
        self._running = True
        self._due_at = self._clock() + INTERVAL_S
        try:
            Thread(target=self._attempt, name="push", daemon=True).start()
        except RuntimeError as error:  # the system has no thread left
            self._end(str(error))

    def _attempt(self) -> None:
        problem: str | None = "an unexpected error"  # the thread's traceback is in the log
        try:
            time.sleep(HEAD_START_S)
            self._push(self._failures)
            problem = None
        except PushError as error:
            problem = str(error)
        finally:
            self._end(problem)

    def _end(self, problem: str | None) -> None:
        if problem is None:
            self._pause_s = 0.0
        else:
            self._failures += 1
            self._pause_s = min(max(2 * self._pause_s, FIRST_PAUSE_S), LONGEST_PAUSE_S)
            self._due_at = self._clock() + self._pause_s
        if problem != self._problem:
            if problem is None:
                logger.warning("metrics are pushed again")
            else:
                logger.warning("metrics are not pushed: %s", problem)
        self._problem = problem
        self._running = False  # last: the next push may start now
