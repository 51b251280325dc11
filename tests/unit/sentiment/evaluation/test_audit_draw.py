"""What reviewers are asked to label: random, secret, and shared among the clients."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.evaluation.audit_draw import (
    AUDIT_PERCENT,
    LEAST_PLACES,
    MOST_PLACES,
    VOTED_PERCENT,
    AuditDraw,
    RandomDraw,
    is_sure,
    is_unsure,
    places,
)
from sentiment.schemas.prediction_id import new_prediction_id

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
IDS = [f"01KAQ3ZV5T8M2N4P{number:010}" for number in range(20_000)]
DRAW = AuditDraw(b"a key for tests")


@pytest.mark.parametrize(("draw", "percent"), [("audit", AUDIT_PERCENT), ("voted", VOTED_PERCENT)])
def test_a_draw_takes_its_share(draw: RandomDraw, percent: int) -> None:
    taken = sum(DRAW.takes(draw, one) for one in IDS)

    assert abs(taken / len(IDS) - percent / 100) < 0.008


@pytest.mark.parametrize(
    ("probability", "unsure", "sure"),
    [
        *((0.5, True, False), (0.401, True, False), (0.599, True, False), (0.4, False, False), (0.6, False, False)),
        *((0.11, False, False), (0.89, False, False), (0.1, False, True), (0.9, False, True), (1.0, False, True)),
    ],
)
def test_the_model_is_unsure_sure_or_neither(probability: float, *, unsure: bool, sure: bool) -> None:
    assert (is_unsure(probability), is_sure(probability)) == (unsure, sure)


def test_a_prediction_is_always_drawn_alike() -> None:
    made = new_prediction_id(NOON)

    assert len({DRAW.takes("audit", made) for _ in range(3)}) == 1


def test_a_drawn_vote_gets_any_place_up_to_its_number() -> None:
    """However late in the hour it comes, so that nobody can wait until no place is left."""
    late = [DRAW.place(one, 1_000) for one in IDS[:5_000]]

    assert (min(late), max(late)) == (1, 1_000)
    assert abs(sum(place <= LEAST_PLACES for place in late) / len(late) - LEAST_PLACES / 1_000) < 0.005
    assert DRAW.place("the first", 1) == 1


def test_without_the_loops_key_nobody_can_tell_what_is_drawn() -> None:
    """Of what another key draws, no more than the usual share is drawn."""
    guessed = [one for one in IDS if AuditDraw(b"a guess").takes("audit", one)]

    assert sum(DRAW.takes("audit", one) for one in guessed) / len(guessed) < 3 * AUDIT_PERCENT / 100


def test_the_two_draws_are_independent() -> None:
    both = [one for one in IDS if DRAW.takes("audit", one) and DRAW.takes("voted", one)]

    assert 0 < len(both) / len(IDS) < 2 * AUDIT_PERCENT * VOTED_PERCENT / 10_000


def test_a_flood_gets_no_more_places_than_the_others_need() -> None:
    assert places({"shop": 30, "flood": 5_000}, alone=False) == {"shop": MOST_PLACES, "flood": 30}
    assert places({"a": 20, "b": 40, "c": 60, "flood": 5_000}, alone=False)["flood"] == 40


def test_a_flood_in_the_others_quiet_hour_gets_the_least_places() -> None:
    assert places({"flood": 5_000}, alone=False) == {"flood": LEAST_PLACES}


def test_a_small_client_leaves_a_large_one_its_least_places() -> None:
    assert places({"large": 90, "small": 1}, alone=False) == {"large": LEAST_PLACES, "small": 90}


def test_the_only_client_has_all_places() -> None:
    assert places({"shop": 3}, alone=True) == {"shop": MOST_PLACES}


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 10_000), max_size=6), st.booleans())
def test_places_are_always_between_the_least_and_the_most(drawn: dict[str, int], alone: bool) -> None:  # noqa: FBT001 - hypothesis calls it
    for number in places(drawn, alone=alone).values():
        assert LEAST_PLACES <= number <= MOST_PLACES
