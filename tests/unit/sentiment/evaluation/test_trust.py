"""Whose feedback becomes labels, and with what weight."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from sentiment.evaluation.trust import (
    TrustSettings,
    Vote,
    aggregate,
    cap_raters,
    capped_share,
    feedback_labels,
    rater_trust,
)

if TYPE_CHECKING:
    from sentiment.reviews.review import Label

KNOWN: dict[str, Label | None] = {
    **{f"praise-{i}": "positive" for i in range(50)},
    **{f"blame-{i}": "negative" for i in range(50)},
    "three stars": None,
}


UNSURE = 0.5
"""A probability that leaves the label to the raters."""


def vote(rater: str | None, review_id: str, label: Label, prediction_id: str = "", probability: float = UNSURE) -> Vote:
    return Vote(rater, review_id, prediction_id or f"{rater} {review_id}", label, probability)


def on_known(rater: str, right: int, wrong: int = 0) -> list[Vote]:
    """Votes on as many positive as negative known reviews, the first of them right."""
    votes = []
    for i in range((right + wrong) // 2):
        agrees = i < right // 2
        votes.append(vote(rater, f"praise-{i}", "positive" if agrees else "negative"))
        votes.append(vote(rater, f"blame-{i}", "negative" if agrees else "positive"))
    return votes


def test_a_rater_without_votes_on_known_reviews_has_no_weight() -> None:
    assert rater_trust([vote("new", "unknown", "positive")], KNOWN) == {}
    assert feedback_labels([vote("new", "unknown", "positive")], KNOWN) == {}


def test_trust_grows_with_what_a_rater_got_right_up_to_full() -> None:
    weights = [rater_trust(on_known("r", right), KNOWN)["r"] for right in (2, 4, 10, 20, 100)]
    assert weights == sorted(weights)
    assert weights[0] == pytest.approx((1 + 1.25) / 3.5 / 0.4 - 0.5 / 0.4)
    assert weights[-1] == 1.0


def test_full_trust_needs_expected_agreement_and_guessing_earns_none() -> None:
    settings = TrustSettings(doubt=0.001)
    assert rater_trust(on_known("r", 90, 10), KNOWN, settings)["r"] == pytest.approx(1.0, abs=0.001)
    assert rater_trust(on_known("r", 50, 50), KNOWN, settings)["r"] == pytest.approx(0.0, abs=0.001)
    assert rater_trust(on_known("r", 10, 90), KNOWN)["r"] == 0.0


def test_always_giving_the_same_answer_earns_no_trust() -> None:
    votes = [vote("yes", f"praise-{i}", "positive") for i in range(50)]
    assert rater_trust([*votes, *(vote("yes", f"blame-{i}", "positive") for i in range(5))], KNOWN)["yes"] < 0.4
    assert rater_trust([*votes, *(vote("yes", f"blame-{i}", "positive") for i in range(50))], KNOWN)["yes"] == 0.0


def test_a_known_review_counts_once_per_rater() -> None:
    votes = [vote("r", "praise-1", "positive", f"prediction {i}") for i in range(1000)]
    assert rater_trust(votes, KNOWN) == rater_trust(votes[:1], KNOWN)


def test_contradicting_votes_on_a_known_review_are_wrong() -> None:
    both = [vote("r", "praise-1", "positive", "a"), vote("r", "praise-1", "negative", "b")]
    assert rater_trust(both, KNOWN)["r"] == 0.0
    assert rater_trust(both[::-1], KNOWN)["r"] == 0.0


def test_a_review_of_three_stars_is_neither_evidence_nor_labelled() -> None:
    votes = [*on_known("r", 20), vote("r", "three stars", "positive")]
    assert rater_trust(votes, KNOWN) == rater_trust(votes[:-1], KNOWN)
    assert feedback_labels(votes, KNOWN) == {}


def test_a_known_review_never_gets_a_label_from_feedback() -> None:
    assert feedback_labels(on_known("r", 98, 2), KNOWN) == {}


def test_a_trusted_rater_labels_what_is_unknown() -> None:
    labels = feedback_labels([*on_known("r", 100), vote("r", "new", "negative")], KNOWN)
    assert [(review_id, given.label) for review_id, given in labels.items()] == [("new", "negative")]


def test_feedback_without_a_rater_is_never_trusted() -> None:
    votes = [vote(None, item.review_id, item.label) for item in on_known("r", 100)]
    assert feedback_labels([*votes, vote(None, "new", "negative")], KNOWN) == {}


def test_order_and_repetition_of_votes_make_no_difference() -> None:
    shuffler = random.Random(0)
    votes = [
        item
        for rater in "abcde"
        for item in [
            *on_known(rater, 20, 4),
            *(vote(rater, f"new-{i}", shuffler.choice(["positive", "negative"])) for i in range(30)),
        ]
    ]
    labels = feedback_labels(votes, KNOWN)
    again = [*votes, *votes[:50]]
    shuffler.shuffle(again)
    assert feedback_labels(again, KNOWN) == labels
    assert list(feedback_labels(again, KNOWN)) == list(labels)


def test_contradicting_votes_on_an_unknown_review_cancel_out() -> None:
    votes = [vote("r", "new", "positive", "a"), vote("r", "new", "negative", "b"), vote("r", "other", "positive")]
    labels = feedback_labels([*on_known("r", 100), *votes], KNOWN, TrustSettings(labels_a_rater=1))
    assert [(review_id, given.label) for review_id, given in labels.items()] == [("other", "positive")]


def test_one_account_cannot_exceed_the_cap() -> None:
    votes = [*on_known("r", 100), *(vote("r", f"new-{i}", "negative") for i in range(1000))]
    assert len(feedback_labels(votes, KNOWN)) == TrustSettings().labels_a_rater
    assert cap_raters(votes, 0) == []


def test_the_cap_keeps_votes_at_random_for_each_rater() -> None:
    kept = [
        {item.prediction_id for item in cap_raters([vote(rater, "x", "positive", f"{i:04}") for i in range(1000)], 20)}
        for rater in ("a", "b")
    ]
    assert kept[0] != kept[1]
    for ids in kept:
        assert 300 < sum(map(int, ids)) / len(ids) < 700


def test_capped_votes_do_not_depend_on_the_other_votes() -> None:
    votes = [vote("a", "x", "positive", f"{i:04}") for i in range(100)]
    kept = cap_raters(votes, 10)
    assert cap_raters([item for item in votes if item in kept or int(item.prediction_id) % 2], 10) == kept


def label_of(votes: list[tuple[Label, float]], probability: float = UNSURE) -> tuple[Label | None, float]:
    """Return label and weight that raters of this trust give to a review; None and 0 where they give none."""
    trust = {str(rater): weight for rater, (_, weight) in enumerate(votes)}
    given = aggregate(
        [vote(str(rater), "x", label, probability=probability) for rater, (label, _) in enumerate(votes)], trust
    )
    return (given.label, round(given.weight, 6)) if given else (None, 0.0)


def test_a_review_gets_the_label_with_more_trust_behind_it() -> None:
    assert label_of([("positive", 1.0)]) == ("positive", 0.8)  # 0.9 for it, 0.1 against
    assert label_of([("positive", 0.5)]) == ("positive", 0.5 * 0.4)
    label, weight = label_of([("positive", 0.25), ("negative", 0.75)])
    assert label == "negative"
    assert 0.1 < weight < 0.5
    assert 0.8 < label_of([("positive", 1.0), ("positive", 1.0)])[1] < 1.0


@pytest.mark.parametrize(
    "votes",
    [
        [("positive", 0.5), ("negative", 0.5)],
        [("positive", 0.1), ("positive", 0.2), ("negative", 0.1), ("negative", 0.2)],
        [("positive", 0.0)],
        [],
    ],
)
def test_a_tie_and_nobody_trusted_give_no_label(votes: list[tuple[Label, float]]) -> None:
    assert label_of(votes) == (None, 0.0)
    assert label_of(votes, 0.99) == (None, 0.0)


def test_a_label_counts_less_the_surer_the_model_was_of_the_other() -> None:
    weights = [label_of([("negative", 1.0)], chance)[1] for chance in (0.01, 0.3, 0.5, 0.7, 0.89)]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] > 0.99
    assert 0 < weights[-1] < 0.1


def test_one_rater_does_not_overrule_a_sure_model_and_two_overrule_any() -> None:
    assert label_of([("negative", 1.0)], 0.95) == (None, 0.0)
    assert label_of([("negative", 1.0)] * 2, 1.0) == ("negative", round(81 / 130 - 49 / 130, 6))


def test_a_label_never_outweighs_the_trust_in_its_raters() -> None:
    assert label_of([("positive", 0.25)], 1.0)[1] <= 0.25


def test_feedback_has_at_most_its_share_of_the_window() -> None:
    weights = capped_share([1.0] * 80 + [0.5, 1.0] * 50, [False] * 80 + [True] * 100, 0.2)
    assert sum(weights[80:]) / sum(weights) == pytest.approx(0.2)
    assert weights[:80] == [1.0] * 80
    assert weights[81] == pytest.approx(2 * weights[80])


def test_feedback_below_its_share_is_left_as_it_is() -> None:
    weights = [1.0] * 80 + [0.5] * 10
    assert capped_share(weights, [False] * 80 + [True] * 10, 0.2) == weights


def test_feedback_alone_in_a_window_teaches_nothing() -> None:
    assert capped_share([1.0, 1.0], [True, True], 0.2) == [0.0, 0.0]
    assert capped_share([1.0, 1.0], [True, True], 1.0) == [1.0, 1.0]
    assert capped_share([], [], 0.2) == []


def test_invalid_shares_and_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        capped_share([1.0], [True], 1.5)
    with pytest.raises(ValueError, match="2 weights for 1"):
        capped_share([1.0, 1.0], [True], 0.2)
    for weight in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="negative, infinite or not a number"):
            capped_share([weight], [True], 0.2)


@pytest.mark.parametrize(
    "settings",
    [
        {"expected_agreement": 0.5},
        {"expected_agreement": 1.0},
        {"expected_agreement": float("nan")},
        {"doubt": 0.0},
        {"labels_a_rater": -1},
    ],
)
def test_invalid_settings_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        TrustSettings(**settings)  # type: ignore[arg-type]  # the wrong values are the point
