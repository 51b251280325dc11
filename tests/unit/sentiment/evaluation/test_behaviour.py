"""A candidate may not fail what production passes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sentiment.evaluation.behaviour import CHECKS, compared, failed


def test_every_check_has_a_name_of_its_own() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_a_check_that_only_the_candidate_fails_rejects_it() -> None:
    rule = compared(["plain praise is positive: Yummy!", "b", "c"], ["b"])
    assert not rule.passed
    assert rule.value == 2
    assert rule.reason == "it fails what production passes: plain praise is positive: Yummy!, and 1 more"


def test_what_production_fails_too_is_not_held_against_the_candidate() -> None:
    assert compared(["b"], ["a", "b"]).passed
    assert compared([], ["a"]).passed


@pytest.mark.parametrize(("probability", "fails"), [(0.45, False), (0.55, False), (0.65, True)])
def test_a_narrow_miss_is_no_failure(probability: float, fails: bool) -> None:  # noqa: FBT001
    def predict(_: str) -> SimpleNamespace:
        return SimpleNamespace(label="positive" if probability > 0.5 else "negative")

    unsure: Any = SimpleNamespace(predict=predict, probability=lambda _: probability)
    assert ("negation flips praise: I don't like it." in failed(unsure)) == fails
