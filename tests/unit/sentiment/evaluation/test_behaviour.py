"""A candidate may not fail what production passes."""

from __future__ import annotations

from sentiment.evaluation.behaviour import CHECKS, compared


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
