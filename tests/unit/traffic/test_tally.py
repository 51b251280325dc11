"""The counts of visits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from traffic.tally import Tally


def test_the_interval_is_wilsons() -> None:
    tally = Tally(right=90, wrong=10)

    assert tally.accuracy == pytest.approx(0.9)
    assert tally.interval() == pytest.approx((0.8256, 0.9448), abs=1e-4)


def test_before_the_first_prediction_the_interval_is_everything() -> None:
    assert Tally().accuracy is None
    assert Tally().interval() == (0.0, 1.0)


def test_many_threads_lose_no_count() -> None:
    tally = Tally()
    with ThreadPoolExecutor(8) as threads:
        for _ in range(2000):
            threads.submit(tally.count, right=1, waited=2)
            threads.submit(tally.fail, "a cause")

    assert (tally.right, tally.waited, tally.failures) == (2000, 4000, 2000)
