"""What is known of a product, within 50 ms or not at all: a prediction never waits longer, and never fails, for it.

Reading runs beside the request, in threads of its own: every wait inside it, even one for a name server or for an
answer that comes byte by byte, then ends for the request when its budget does. A read that is still under way keeps
its thread, so that a store which hangs costs the next requests their budget at most, and later ones nothing.
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
"""Reads at once. A function's environment has one request at a time: the second is for one behind a read that hangs."""

MAX_AGE = timedelta(days=90)
"""Of a row, where nothing else is said: the view's time to live. Without a newer one a product had no review since."""

logger = logging.getLogger(__name__)


class StoreError(Exception):
    """The store does not answer, or refuses; the message says why."""


class Store(Protocol):
    """Where Feast keeps the newest row of each product."""

    def read(self, product_id: str) -> StoredRow | None:
        """Return the product's row; None where there is none.

        Raises:
            StoreError: The store does not answer, or refuses.
            FormatError: What it answers is not what Feast writes.
        """


class ProductFeatures:
    """Reads a product's statistics, and says how that went.

    Attributes:
        problem: Why the last product could not be looked up; None where it could.
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
        """Return what is known of the product, None for nothing, and how that was found out."""
        if product_id is None:
            return None, "not_asked"
        reading = self._begin(product_id)
        if reading is None:
            return self._unavailable("earlier reads of the product table still wait for an answer")
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
        """Look up a product that does not exist, so that the first request finds a connection."""
        self.of("")

    def _begin(self, product_id: str) -> Future[StoredRow | None] | None:
        """Return a read under way; None while all threads wait for earlier ones, which it would only wait behind."""
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
