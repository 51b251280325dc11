"""Reads a product's statistics within 50 ms, or the prediction does without them.

A read runs in its own thread, so that the request stops waiting when the budget is spent, even on a slow name
server or on an answer that comes byte by byte. A read that hangs keeps its thread: it costs the next requests their
budget at most, and later ones nothing.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Protocol

from lambdas.inference.feast_format import FormatError
from sentiment.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from datetime import datetime

    from lambdas.inference.feast_format import StoredRow
    from sentiment.reviews.product import ProductStats
    from sentiment.schemas.api import ProductStatsUse

BUDGET_S = 0.05
READERS = 2
"""Parallel reads. An environment of Lambda serves one request at a time; the second thread is for when a read hangs."""

MAX_AGE = timedelta(days=90)
"""Default age up to which a row is used: the time to live of the feature view."""

logger = logging.getLogger(__name__)


class StoreError(Exception):
    """The store does not answer, or refuses; the message says why."""


class Store(Protocol):
    """The online store, with the newest row of each product."""

    def read(self, product_id: str) -> StoredRow | None:
        """Return the product's row; None if there is none.

        Raises:
            StoreError: The store does not answer, or refuses.
            FormatError: The row is not in Feast's format.
        """


class ProductFeatures:
    """Reads a product's statistics.

    Attributes:
        problem: Why the last read failed; None if it did not.
    """

    def __init__(
        self,
        store: Store,
        *,
        max_age: timedelta = MAX_AGE,
        budget_s: float = BUDGET_S,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.problem: str | None = None
        self._store = store
        self._max_age = max_age
        self._budget_s = budget_s
        self._now = now
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="product-features")
        self._free = BoundedSemaphore(READERS)

    def of(self, product_id: str | None) -> tuple[ProductStats | None, ProductStatsUse]:
        """Return the product's statistics or None, and what the answer says about them."""
        if product_id is None:
            return None, "not_asked"
        reading = self._start(product_id)
        if reading is None:
            return self._unavailable("earlier reads are still waiting for an answer")
        try:
            row = reading.result(self._budget_s)
        except TimeoutError:
            return self._unavailable(f"no answer within {1000 * self._budget_s:.0f} ms")
        except (StoreError, FormatError) as error:
            return self._unavailable(str(error))
        self.problem = None
        if row is None or row.stats.reviews <= 0 or row.event_time < self._now() - self._max_age:
            return None, "unknown"
        return row.stats, "used"

    def connect(self) -> None:
        """Read a product that does not exist, so that the first request finds an open connection."""
        self.of("")

    def _start(self, product_id: str) -> Future[StoredRow | None] | None:
        """Start a read and return it; None while all threads wait for earlier ones."""
        if not self._free.acquire(blocking=False):
            return None
        reading = self._readers.submit(self._store.read, product_id)
        reading.add_done_callback(lambda _: self._free.release())
        return reading

    def _unavailable(self, problem: str) -> tuple[None, ProductStatsUse]:
        if problem != self.problem:
            logger.warning("product features not read: %s", problem)
        self.problem = problem
        return None, "unavailable"
