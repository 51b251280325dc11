"""Makes visits at a steady rate, several at the same time, and counts each exactly once."""

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
_BUG = "a bug in this program"
"""Causes of failures that are not the API's."""


class Replay:
    """One run of visits.

    Args:
        api: The API.
        tally: Counts everything.
        stopped: When it is set, no further visit starts.
        rate: Visits per second.
        concurrency: Visits at the same time: a slow API makes the rate lower, not the queue longer.
    """

    def __init__(self, api: Api, tally: Tally, *, stopped: threading.Event, rate: float, concurrency: int) -> None:
        self._api, self._tally, self._stopped = api, tally, stopped
        self._interval_s, self._concurrency = 1 / rate, concurrency

    def run(
        self,
        visits: Iterator[Visit],
        count: int,
        changed: Callable[[], None],
        accepted: Callable[[Visit], None],
    ) -> None:
        """Make visits until the count is reached or the run is stopped; visits in progress are finished.

        Args:
            visits: The planned visits.
            count: How many to make.
            changed: Called after every visit, in any thread.
            accepted: Called with each visit whose feedback the API accepted, in any thread.
        """
        free = threading.Semaphore(self._concurrency)

        def one(visit: Visit) -> None:
            try:
                self._visit(visit, accepted)
            finally:
                free.release()
                changed()

        due = time.monotonic()
        bugs: list[BaseException] = []

        def keep_error(ended: Future[None]) -> None:
            if error := ended.exception():
                bugs.append(error)

        with ThreadPoolExecutor(self._concurrency) as visitors:
            for visit in islice(visits, count):
                if self._stopped.wait(max(0.0, due - time.monotonic())):
                    break
                free.acquire()
                if self._stopped.is_set():
                    free.release()
                    break
                self._tally.count(begun=1)
                visitors.submit(one, visit).add_done_callback(keep_error)
                due = max(due, time.monotonic() - self._interval_s) + self._interval_s  # no burst after a pause
        if bugs:
            raise bugs[0]

    def _visit(self, visit: Visit, accepted: Callable[[Visit], None]) -> None:
        tally = self._tally
        try:
            answer = self._api.predict(visit.sent.text, visit.sent.review.product_id)
            right = answer.get("label") == visit.sent.label
            tally.count(right=right, wrong=not right)
            verdict = "up" if right == visit.honest else "down"
            self._api.feedback(str(answer.get("prediction_id")), verdict, visit.rater)
            accepted(visit)
            tally.count(feedback=1, false_feedback=not visit.honest, new=visit.new)
        except RequestFailedError as error:
            tally.fail(str(error))
        except StoppedError:
            tally.fail(_STOPPED)
        except BaseException:
            tally.fail(_BUG)
            raise
