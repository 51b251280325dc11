"""Drift is found where there is some, and not where chance alone moved the counts."""

from __future__ import annotations

import math
import random

import pytest

from sentiment.evaluation.drift import ENOUGH_PREDICTIONS, share_moved, stability_index

TENTHS = [0.1] * 10


def test_the_index_is_the_sum_of_its_definition() -> None:
    expected = 0.3 * math.log(0.8 / 0.5) + (-0.3) * math.log(0.2 / 0.5)
    assert stability_index([0.5, 0.5], [80, 20]) == pytest.approx(expected)


def test_chance_alone_hardly_ever_looks_like_drift() -> None:
    drawn = random.Random(0)
    found = []
    for _ in range(500):
        counts = [0] * 10
        for place in drawn.choices(range(10), k=ENOUGH_PREDICTIONS):
            counts[place] += 1
        found.append(stability_index(TENTHS, counts))
    assert sum(index > 0.1 for index in found) <= 5


def test_an_empty_bin_is_drift_and_no_error() -> None:
    assert stability_index(TENTHS, [0, 40, 40, 40, 40, 40, 40, 40, 40, 40]) > 0.2


@pytest.mark.parametrize(
    ("positive", "of", "moved"),
    [(850, 1000, False), (770, 1000, True), (16, 20, False), (84_000, 100_000, False)],
    ids=["the same", "eight points", "too few to tell", "sure, but one point"],
)
def test_a_share_moved_if_it_is_far_and_sure(positive: int, of: int, moved: bool) -> None:  # noqa: FBT001
    assert share_moved(positive, of, 0.85, 4000) is moved
