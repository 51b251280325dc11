"""Why predictions moved, in words; and the times that are compared."""

from __future__ import annotations

from datetime import timedelta

import pytest

from frontend.clients.archive import Changes, Part
from frontend.quality import moved, times
from frontend.quality.times import Times
from monitoring.why.split import Split
from tests.unit.frontend.quality.samples import NOW

HOUR = timedelta(hours=1)


def changes(before: float, after: float, *parts: Part) -> Changes:
    return Changes(1200, 90, Split(before, after, list(parts)))


@pytest.mark.parametrize(
    ("after", "said"),
    [(1.35, "moved towards positive"), (-0.2, "moved towards negative"), (1.001, "hardly moved")],
)
def test_the_summary_says_which_way_and_how_far(after: float, said: str) -> None:
    told = moved.summary(changes(1.0, after))
    assert told.startswith(f"The predictions {said}: their mean log-odds of positive went from +1.00 to")
    assert "1,200 predictions in the earlier time and 90 in the later one" in told


def test_parts_are_rows_with_the_largest_first() -> None:
    found = moved.rows(changes(0, -1, Part("words", "~great", -0.8, "watch", "not great"), Part("mix", "bag", 0.0001)))
    assert found == {
        "change": ["\N{MINUS SIGN}0.80", "0.00"],
        "cause": ["words", "mix"],
        "which": ["not great (product watch)", "bag"],
        "for example": ["not great", ""],
    }


def test_the_last_time_is_compared_with_the_one_before() -> None:
    found = times.last(HOUR, NOW + timedelta(seconds=7))
    end = NOW + timedelta(minutes=1)
    assert found == Times((end - 2 * HOUR, end - HOUR), (end - HOUR, end))
    assert times.problem_of(found) == ""


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ((1, 1), (2, 3), "The earlier time ends before it begins."),
        ((0, 1), (3, 2), "The later time ends before it begins."),
        ((3, 4), (1, 2), "The earlier time begins after the later one."),
    ],
)
def test_times_that_make_no_sense_are_refused(before: tuple[int, int], after: tuple[int, int], problem: str) -> None:
    first, second = ((NOW + side[0] * HOUR, NOW + side[1] * HOUR) for side in (before, after))
    assert times.problem_of(Times(first, second)) == problem
