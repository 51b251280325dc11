"""Series become the lines of the charts."""

from __future__ import annotations

from datetime import timedelta

from frontend.clients.prometheus import Sample
from frontend.quality.reading import Curve, Point, Promotion, curves, promotions, with_bounds
from tests.unit.frontend.quality.samples import NOW, series

MINUTE = timedelta(minutes=1)


def test_values_get_the_interval_of_their_own_moment() -> None:
    of_7 = {"source": "audit", "model_version": "7"}
    found = with_bounds(
        [series([0.8], {**of_7, "source": "voluntary"}), series([0.9, 0.91], of_7)],
        [series([0.85], of_7, first=1)],
        [series([0.95, 0.96], of_7)],
    )
    assert found == [
        Curve("audit", "7", [Point(NOW, 0.9, None, 0.95), Point(NOW + MINUTE, 0.91, 0.85, 0.96)]),
        Curve("voluntary", "7", [Point(NOW, 0.8)]),
    ]


def test_a_series_without_a_number_is_no_line() -> None:
    assert curves([series([], {"feature": "characters"}), series([0.1], {"feature": "probability"})], "feature") == [
        Curve("probability", "", [Point(NOW, 0.1)])
    ]


def test_a_rollback_is_a_promotion_of_its_own() -> None:
    found = [
        Sample({"model_version": version, "promoted": f"{(NOW - ago).timestamp()}"}, 9, NOW)
        for version, ago in (("8", 2 * MINUTE), ("7", 3 * MINUTE), ("7", MINUTE))
    ]
    assert promotions(found) == [
        Promotion(NOW - 3 * MINUTE, "7"),
        Promotion(NOW - 2 * MINUTE, "8"),
        Promotion(NOW - MINUTE, "7"),
    ]
