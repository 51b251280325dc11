"""Visitors who go on while something is done to the loop."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.loop import Loop

VISITORS = 3
EVERY_CALL_ANSWERED = {("/predict", 200), ("/feedback", 201)}
CUT_OFF = 502
AFTER_A_CUT = {("/predict", CUT_OFF), ("/feedback", CUT_OFF), ("/feedback", 200)}
"""Also seen on LocalStack, which cuts off the running calls of a function that a deployment replaces: feedback may have
been recorded by then, so that it is a repetition."""


@contextmanager
def visited(loop: Loop, text: str) -> Iterator[Counter[tuple[str, int]]]:
    """Have visitors predict, and say that it was right until they hear that it was recorded, while the body goes on.

    Afterwards, what was yielded has how many calls of each path were answered with each status.
    """
    visits: Counter[tuple[str, int]] = Counter()
    over = threading.Event()

    def visit() -> Counter[tuple[str, int]]:
        seen: Counter[tuple[str, int]] = Counter()
        while not over.is_set() or not seen:
            predicted = loop.call("POST", "/predict", {"text": text})
            seen["/predict", predicted.status] += 1
            if predicted.status == 200:
                status = CUT_OFF
                while status == CUT_OFF:
                    status = loop.feedback(predicted.body["prediction_id"], "up").status
                    seen["/feedback", status] += 1
        return seen

    with ThreadPoolExecutor(VISITORS) as pool:
        visitors = [pool.submit(visit) for _ in range(VISITORS)]
        try:
            yield visits
        finally:
            over.set()
        for visitor in visitors:
            visits += visitor.result()
