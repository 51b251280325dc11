"""Attacks on feedback and what they do to the model; `make bench` measures all of them with eight seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench.model.crowd import ATTACKS, Part, votes_of
from bench.model.poisoning import TRUST, World, change, part, world
from sentiment.evaluation.trust import feedback_labels

if TYPE_CHECKING:
    from sentiment.reviews.review import Label

SEED = 0
MACRO = 1


@pytest.fixture(scope="module")
def reviews() -> World:
    return world()


@pytest.fixture(scope="module")
def split(reviews: World) -> Part:
    return part(reviews, SEED)


@pytest.mark.parametrize("attack", ["three accounts flood 40 %", "40 % patient, choosing"])
def test_weighted_feedback_withstands_attacks_that_cost_points(reviews: World, split: Part, attack: str) -> None:
    unweighted = change(reviews, split, ATTACKS[attack], "none", SEED)[MACRO]
    weighted = change(reviews, split, ATTACKS[attack], "ours", SEED)[MACRO]
    assert unweighted < -3
    assert weighted > -1


def test_a_trusted_liar_weighs_less_than_half_of_a_right_label(reviews: World, split: Part) -> None:
    names: list[Label] = ["positive" if label else "negative" for label in reviews.labels]
    known = {str(row): names[row] for row in split.stars}
    votes = votes_of(ATTACKS["40 % of users patient"], reviews.labels, split, np.random.default_rng(SEED))
    labels = feedback_labels(votes, known, TRUST)
    weights: dict[bool, list[float]] = {True: [], False: []}
    for vote in votes:
        if vote.review_id not in known:
            given = labels.get(vote.review_id)
            weights[vote.label == names[int(vote.review_id)]].append(given.weight if given else 0.0)
    assert 0 < np.mean(weights[False]) < np.mean(weights[True]) / 2
