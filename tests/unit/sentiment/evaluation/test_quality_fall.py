"""Evidence of a fall stays small while quality holds, and grows soon after it falls, however late that is."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.evaluation.quality_fall import ALPHA, FALLS, evidence_of_a_fall

LIMIT = 0.87
A_DAY = 50


def days(accuracy: float, number: int, draws: random.Random) -> list[tuple[int, int]]:
    return [(sum(draws.random() < accuracy for _ in range(A_DAY)), A_DAY) for _ in range(number)]


def test_each_bet_is_fair_at_the_limit() -> None:
    """Of one trial, the expectation of the evidence is 1 at the limit, and less above it."""
    right, wrong = (evidence_of_a_fall([(one, 1)], LIMIT) for one in (1, 0))
    assert LIMIT * right + (1 - LIMIT) * wrong == pytest.approx(1)
    assert 0.95 * right + 0.05 * wrong < 0.99


def test_a_single_day_is_the_mean_of_its_bets() -> None:
    bets = [((LIMIT - fall) / LIMIT) ** 40 * ((1 - LIMIT + fall) / (1 - LIMIT)) ** 10 for fall in FALLS]
    assert evidence_of_a_fall([(40, 50)], LIMIT) == pytest.approx(1 / 2 + sum(bets) / len(bets) / 2)


@pytest.mark.parametrize("healthy_days", [0, 40, 400])
def test_a_fall_of_ten_points_is_found_however_late_it_is(healthy_days: int) -> None:
    draws = random.Random(3)
    seen = days(0.9, healthy_days, draws)
    assert evidence_of_a_fall(seen, LIMIT) < 1 / ALPHA
    assert evidence_of_a_fall([*seen, *days(0.8, 30, draws)], LIMIT) >= 1 / ALPHA


def test_hardly_any_model_at_the_limit_is_ever_accused() -> None:
    """At most alpha; more than three times that would be by chance once in 10,000 times."""
    draws, streams, looked_at = random.Random(0), 100, 40
    accused = 0
    for _ in range(streams):
        stream = days(LIMIT, looked_at, draws)
        accused += any(evidence_of_a_fall(stream[:count], LIMIT) >= 1 / ALPHA for count in range(1, looked_at + 1))
    assert accused <= 3 * ALPHA * streams


@given(
    st.lists(st.integers(0, 3000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))),
    st.floats(0.001, 0.999),
)
def test_any_days_and_any_limit_give_a_number(counted: list[tuple[int, int]], limit: float) -> None:
    evidence = evidence_of_a_fall(counted, limit)
    assert evidence >= 0
    assert math.isfinite(evidence)


def test_without_labels_there_is_no_evidence() -> None:
    assert evidence_of_a_fall([], LIMIT) == 1.0


@pytest.mark.parametrize("limit", [0.0, 1.0, math.nan])
def test_a_limit_that_is_none_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match="limit must be between 0 and 1"):
        evidence_of_a_fall([], limit)
