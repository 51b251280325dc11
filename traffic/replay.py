"""The visits made, at a steady rate, a few at once, each counted in exactly one place."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING

from traffic.client import RequestFailedError, StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from traffic.client import Api
    from traffic.tally import Tally
    from traffic.visits import Visit

_STOPPED = "stopped"
_OURS = "a mistake of this program"
"""Causes of failure that are not the API's."""


class Replay:
    """One run of visits.

    Args:
        api: What is visited.
        tally: Where everything is counted.
        stopped: When it is set, no further visit begins.
        rate: Visits a second.
        concurrency: Visits at once: a slow API makes the rate lower, not the queue longer.
    """

    def __init__(self, api: Api, tally: Tally, *, stopped: threading.Event, rate: float, concurrency: int) -> None:
        self._api, self._tally, self._stopped = api, tally, stopped
        self._interval_s, self._concurrency = 1 / rate, concurrency

    def run(
        self,
        visits: Iterator[Visit],
        count: int,
        changed: Callable[[], None],
        judged: Callable[[Visit], None],
    ) -> None:
        """Make so many visits, or fewer when it is stopped; whatever began has ended when this returns.

        Args:
            visits: Who sends what.
            count: How many.
            changed: Called after every visit, in any thread.
            judged: Called with each visit whose judgement the API took, in any thread.
        """
        free = threading.Semaphore(self._concurrency)

        def one(visit: Visit) -> None:
            try:
                self._visit(visit, judged)
            finally:
                free.release()
                changed()

        due = time.monotonic()
        mistakes: list[BaseException] = []

        def notice(ended: Future[None]) -> None:
            if mistake := ended.exception():
                mistakes.append(mistake)

        with ThreadPoolExecutor(self._concurrency) as visitors:
            for visit in islice(visits, count):
                if self._stopped.wait(max(0.0, due - time.monotonic())):
                    break
                free.acquire()
                if self._stopped.is_set():
                    free.release()
                    break
                self._tally.count(begun=1)
                visitors.submit(one, visit).add_done_callback(notice)
                due = max(due, time.monotonic() - self._interval_s) + self._interval_s  # no burst after a pause
        if mistakes:
            raise mistakes[0]

    def _visit(self, visit: Visit, judged: Callable[[Visit], None]) -> None:
        tally = self._tally
        try:
            answer = self._api.predict(visit.sent.text, visit.sent.review.product_id)
            right = answer.get("label") == visit.sent.label
            tally.count(right=right, wrong=not right)
            verdict = "up" if right == visit.honest else "down"
            self._api.feedback(str(answer.get("prediction_id")), verdict, visit.rater)
            judged(visit)
            tally.count(judged=1, lies=not visit.honest, new=visit.new)
        except RequestFailedError as error:
            tally.fail(str(error))
        except StoppedError:
            tally.fail(_STOPPED)
        except BaseException:
            tally.fail(_OURS)
            raise
