"""Product statistics are used, unknown or unavailable, and never take longer than the budget."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lambdas.inference.feast_format import FormatError, StoredRow
from lambdas.inference.product_features import MAX_AGE, READERS, ProductFeatures, StoreError
from sentiment.reviews.product import ProductStats

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
STATS = ProductStats(40, 4.5, 0.9)


class Rows:
    """A store that holds one product, or fails."""

    def __init__(self, row: StoredRow | None = None, error: Exception | None = None) -> None:
        self.row = row
        self.error = error

    def read(self, _product_id: str) -> StoredRow | None:
        if self.error:
            raise self.error
        return self.row


class Hanging(Rows):
    """A store that does not answer until `go` is set."""

    def __init__(self) -> None:
        super().__init__(StoredRow(NOW, STATS))
        self.go = threading.Event()
        self.answered = threading.Semaphore(0)

    def read(self, product_id: str) -> StoredRow | None:
        self.go.wait(timeout=30)
        self.answered.release()
        return super().read(product_id)


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    store = Hanging()
    yield store
    store.go.set()


def features(store: Rows) -> ProductFeatures:
    return ProductFeatures(store, budget_s=10, now=lambda: NOW)  # more than a busy machine needs


def test_a_known_product_is_used() -> None:
    assert features(Rows(StoredRow(NOW, STATS))).of("B00X") == (STATS, "used")


def test_without_a_product_the_store_is_not_read() -> None:
    assert features(Rows(error=AssertionError("asked"))).of(None) == (None, "not_asked")


@pytest.mark.parametrize(
    "row",
    [
        None,
        StoredRow(NOW, ProductStats(0, None, 0.0)),
        StoredRow(NOW - MAX_AGE - timedelta(seconds=1), STATS),
    ],
    ids=["no row", "no reviews", "too old"],
)
def test_a_product_without_recent_reviews_is_unknown(row: StoredRow | None) -> None:
    assert features(Rows(row)).of("B00X") == (None, "unknown")


def test_a_row_of_exactly_the_maximum_age_is_used() -> None:
    assert features(Rows(StoredRow(NOW - MAX_AGE, STATS))).of("B00X") == (STATS, "used")


def test_a_longer_window_keeps_a_row_for_longer() -> None:
    row = StoredRow(NOW - timedelta(days=120), STATS)
    products = ProductFeatures(Rows(row), max_age=timedelta(days=180), budget_s=10, now=lambda: NOW)

    assert products.of("B00X") == (STATS, "used")


@pytest.mark.parametrize("error", [StoreError("ResourceNotFoundException"), FormatError("a number is cut off")])
def test_a_failing_store_is_unavailable_and_logged_once(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    products = features(Rows(error=error))

    assert [products.of("B00X") for _ in range(3)] == [(None, "unavailable")] * 3

    assert products.problem == str(error)
    assert [record.getMessage() for record in caplog.records] == [f"product features not read: {error}"]


def test_a_store_that_works_again_is_used_again() -> None:
    store = Rows(error=StoreError("busy"))
    products = features(store)
    assert products.of("B00X") == (None, "unavailable")

    store.row, store.error = StoredRow(NOW, STATS), None

    assert products.of("B00X") == (STATS, "used")
    assert products.problem is None


def test_a_hanging_store_costs_the_budget_and_later_nothing(hanging: Hanging) -> None:
    budget_s = 1.0  # more than a busy machine needs
    products = ProductFeatures(hanging, budget_s=budget_s, now=lambda: NOW)
    taken = []
    for _ in range(READERS + 3):
        started = time.perf_counter()
        assert products.of("B00X") == (None, "unavailable")
        taken.append(time.perf_counter() - started)

    assert budget_s <= min(taken[:READERS]) <= max(taken) < 2 * budget_s
    assert max(taken[READERS:]) < budget_s / 2


def test_a_store_is_used_again_once_its_hanging_reads_end(hanging: Hanging) -> None:
    products = ProductFeatures(hanging, budget_s=0.1, now=lambda: NOW)
    for _ in range(READERS):
        assert products.of("B00X") == (None, "unavailable")

    hanging.go.set()
    for _ in range(READERS):
        assert hanging.answered.acquire(timeout=10)

    deadline = time.monotonic() + 10
    while products.of("B00X") != (STATS, "used"):
        assert time.monotonic() < deadline
