from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.evaluation.confidence_sequence import ALPHA, confidence_interval

REFERENCE = [
    ((90, 100), 10, (0.7612229794883205, 0.9801473107210767)),
    ((45, 50), 500, (0.6539628526687922, 0.9882446106530551)),
    ((800, 1000), 500, (0.7596718419772518, 0.8370770319925216)),
    ((4100, 5000), 500, (0.8019821253841839, 0.8372437574891227)),
    ((2500, 5000), 500, (0.47706342095898435, 0.5229365790410156)),
    ((170, 200), 100, (0.763382483412306, 0.9178974189349901)),
    ((17, 200), 2000, (0.03074414734513994, 0.18556377672083277)),
]
"""By `expectation.modules.boundaries.bernoulli_confidence_interval(successes, trials, 0.05, tightest_at)` of
expectation 0.6.1 (PyPI) on Python 3.12.1."""


@pytest.mark.parametrize(("counted", "tightest_at", "expected"), REFERENCE)
def test_the_interval_is_that_of_the_reference(
    counted: tuple[int, int], tightest_at: int, expected: tuple[float, float]
) -> None:
    assert confidence_interval(*counted, tightest_at=tightest_at) == pytest.approx(expected, abs=1e-9)


@given(st.integers(0, 3000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_the_interval_holds_the_observed_share_and_mirrors(counted: tuple[int, int]) -> None:
    successes, trials = counted
    lower, upper = confidence_interval(successes, trials)
    assert 0 <= lower <= upper <= 1
    assert not trials or lower <= successes / trials <= upper
    assert confidence_interval(trials - successes, trials) == pytest.approx((1 - upper, 1 - lower), abs=1e-9)


def test_nothing_is_known_before_the_first_trial() -> None:
    assert confidence_interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize("proportion", [0.5, 0.95])
def test_hardly_any_sequence_ever_misses_the_proportion(proportion: float) -> None:
    """The share that does is at most alpha; more than three times that would be by chance once in 10,000 times."""
    streams, looked_at = 100, [*range(1, 50, 3), *range(50, 1001, 50)]
    missed = 0
    draws = random.Random(0)
    for _ in range(streams):
        trials = [draws.random() < proportion for _ in range(looked_at[-1])]
        intervals = (confidence_interval(sum(trials[:count]), count) for count in looked_at)
        missed += any(not lower <= proportion <= upper for lower, upper in intervals)
    assert missed <= 3 * ALPHA * streams


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"successes": 3, "trials": 2}, "between 0 and 2 trials"),
        ({"successes": -1, "trials": 2}, "between 0 and 2 trials"),
        ({"successes": 1, "trials": 2, "alpha": 1.0}, "alpha"),
        ({"successes": 1, "trials": 2, "tightest_at": 5}, "above 7.9"),
    ],
)
def test_impossible_arguments_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        confidence_interval(**arguments)
