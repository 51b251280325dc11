"""Whose feedback becomes labels, and with what weight."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from sentiment.evaluation.trust import (
    FeedbackLabel,
    Rater,
    TrustSettings,
    Vote,
    Voter,
    aggregate,
    ballots_of,
    cap_voters,
    capped_share,
    feedback_labels,
    voter_trust,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sentiment.reviews.review import Label

KNOWN: dict[str, Label | None] = {
    **{f"praise-{i}": "positive" for i in range(50)},
    **{f"blame-{i}": "negative" for i in range(50)},
    "three stars": None,
}

UNSURE = 0.5
"""A probability that leaves the label to the raters."""

LABELS: tuple[Label, Label] = ("positive", "negative")
VOUCHING, OTHER = "vouching", "other"
SETTINGS = TrustSettings(vouching=frozenset({VOUCHING}))


def vote(
    rater: str | None,
    review_id: str,
    label: Label,
    prediction_id: str = "",
    probability: float = UNSURE,
    *,
    client: str | None = VOUCHING,
) -> Vote:
    return Vote(rater, review_id, prediction_id or f"{client} {rater} {review_id}", label, probability, client)


def on_known(rater: str, right: int, wrong: int = 0, client: str = VOUCHING) -> list[Vote]:
    """Votes on as many positive as negative known reviews, the first of them right."""
    votes = []
    for i in range((right + wrong) // 2):
        agrees = i < right // 2
        votes.append(vote(rater, f"praise-{i}", "positive" if agrees else "negative", client=client))
        votes.append(vote(rater, f"blame-{i}", "negative" if agrees else "positive", client=client))
    return votes


def trust_of(votes: Iterable[Vote], settings: TrustSettings = SETTINGS) -> dict[str, float]:
    """Return the trust in each rater of the client that vouches, and in each other client, by name."""
    trust = voter_trust(ballots_of(votes, settings), KNOWN, settings)
    return {voter.rater or voter.client: weight for voter, weight in trust.items()}


def labels_of(votes: Iterable[Vote], settings: TrustSettings = SETTINGS) -> dict[str, FeedbackLabel]:
    return feedback_labels(votes, KNOWN, settings)


def kept(votes: Iterable[Vote], settings: TrustSettings) -> list[tuple[Voter, str]]:
    return [(one.voter, one.review_id) for one in cap_voters(ballots_of(votes, settings), settings)]


def test_a_rater_without_votes_on_known_reviews_has_no_weight() -> None:
    assert trust_of([vote("new", "unknown", "positive")]) == {"new": 0.0}
    assert labels_of([vote("new", "unknown", "positive")]) == {}


def test_trust_grows_with_what_a_rater_got_right_up_to_full() -> None:
    weights = [trust_of(on_known("r", right))["r"] for right in (2, 4, 10, 20, 100)]
    assert weights == sorted(weights)
    assert weights[0] == pytest.approx((1 + 1.25) / 3.5 / 0.4 - 0.5 / 0.4)
    assert weights[-1] == 1.0


def test_full_trust_needs_expected_agreement_and_guessing_earns_none() -> None:
    settings = TrustSettings(doubt=0.001, vouching=SETTINGS.vouching)
    assert trust_of(on_known("r", 90, 10), settings)["r"] == pytest.approx(1.0, abs=0.001)
    assert trust_of(on_known("r", 50, 50), settings)["r"] == pytest.approx(0.0, abs=0.001)
    assert trust_of(on_known("r", 10, 90))["r"] == 0.0


def test_always_giving_the_same_answer_earns_no_trust() -> None:
    votes = [vote("yes", f"praise-{i}", "positive") for i in range(50)]
    assert trust_of([*votes, *(vote("yes", f"blame-{i}", "positive") for i in range(5))])["yes"] < 0.4
    assert trust_of([*votes, *(vote("yes", f"blame-{i}", "positive") for i in range(50))])["yes"] == 0.0


def test_a_known_review_counts_once_per_voter() -> None:
    votes = [vote("r", "praise-1", "positive", f"prediction {i}") for i in range(1000)]
    assert trust_of(votes) == trust_of(votes[:1])


def test_contradicting_votes_on_a_known_review_are_wrong() -> None:
    both = [vote("r", "praise-1", "positive", "a"), vote("r", "praise-1", "negative", "b")]
    assert trust_of(both)["r"] == 0.0
    assert trust_of(both[::-1])["r"] == 0.0


def test_a_review_of_three_stars_is_neither_evidence_nor_labelled() -> None:
    votes = [*on_known("r", 20), vote("r", "three stars", "positive")]
    assert trust_of(votes) == trust_of(votes[:-1])
    assert labels_of(votes) == {}


def test_a_known_review_never_gets_a_label_from_feedback() -> None:
    assert labels_of(on_known("r", 98, 2)) == {}
    assert labels_of(on_known("r", 98, 2, client=OTHER)) == {}


def test_a_trusted_rater_labels_what_is_unknown() -> None:
    labels = labels_of([*on_known("r", 100), vote("r", "new", "negative")])
    assert [(review_id, given.label) for review_id, given in labels.items()] == [("new", "negative")]
    assert labels["new"].raters == {Rater(VOUCHING, "r")}


def test_a_client_is_believed_until_secret_labels_prove_it_wrong() -> None:
    new = [vote(None, "new", "negative", client=OTHER)]
    assert labels_of(new)["new"].label == "negative"
    weights = [trust_of([*new, *on_known("r", 0, wrong, OTHER)])[OTHER] for wrong in (0, 2, 4, 10)]
    assert weights[0] == pytest.approx(1.0)
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] == 0.0
    assert labels_of([*new, *on_known("r", 0, 10, OTHER)]) == {}


def test_names_of_one_client_share_its_trust_and_its_one_ballot() -> None:
    liars = [one for i in range(20) for one in on_known(f"liar {i}", 0, 40, OTHER)]
    honest = vote("honest", "new", "negative", client=OTHER)
    assert labels_of([*liars, honest]) == {}

    names = [vote(f"name {i}", "new", "negative", probability=0.97, client=OTHER) for i in range(100)]
    assert labels_of(names) == {}  # one client does not overrule a sure model, under however many names
    raters = [one for i in range(2) for one in [*on_known(f"r{i}", 100), vote(f"r{i}", "new", "negative", "", 0.97)]]
    assert labels_of(raters)["new"].label == "negative"


def test_a_client_says_what_most_of_its_votes_say() -> None:
    votes = [vote(f"r{i}", "new", "negative" if i < 3 else "positive", client=OTHER) for i in range(5)]
    assert labels_of(votes)["new"].label == "negative"
    assert labels_of(votes)["new"].raters == {Rater(OTHER, f"r{i}") for i in range(3)}
    assert labels_of(votes[1:]) == {}


def test_a_client_labels_no_more_than_its_bound_under_any_names() -> None:
    votes = [vote(f"name {i}", f"new-{i}", LABELS[i % 2], client=OTHER) for i in range(200)]
    settings = TrustSettings(labels_a_client=50)
    assert len(labels_of(votes, settings)) == 50
    assert len(labels_of([one for one in votes if one.label == "positive"], settings)) == 25  # half may be praise
    assert labels_of(votes, TrustSettings(labels_a_client=0)) == {}


def test_feedback_without_a_recorded_client_is_that_of_one_client() -> None:
    votes = [vote(f"name {i}", f"new-{i}", LABELS[i % 2], client=None) for i in range(20)]
    assert len(labels_of(votes, TrustSettings(labels_a_client=6))) == 6


def test_feedback_of_a_vouching_client_without_a_rater_is_never_trusted() -> None:
    votes = [vote(None, item.review_id, item.label) for item in on_known("r", 100)]
    assert labels_of([*votes, vote(None, "new", "negative")]) == {}


def test_a_name_under_another_client_is_another_voter() -> None:
    settings = TrustSettings(vouching=frozenset({VOUCHING, OTHER}))
    votes = [*on_known("r", 100), vote("r", "new", "negative", client=OTHER)]
    assert labels_of(votes, settings) == {}


def test_order_and_repetition_of_votes_make_no_difference() -> None:
    shuffler = random.Random(0)
    votes = [
        item
        for rater in "abcde"
        for item in [
            *on_known(rater, 20, 4),
            *(
                vote(rater, f"new-{i}", shuffler.choice(["positive", "negative"]), client=client)
                for i in range(30)
                for client in (VOUCHING, OTHER)
            ),
        ]
    ]
    labels = labels_of(votes)
    again = [*votes, *votes[:50]]
    shuffler.shuffle(again)
    assert labels_of(again) == labels
    assert list(labels_of(again)) == list(labels)


def test_contradicting_votes_on_an_unknown_review_cancel_out() -> None:
    votes = [vote("r", "new", "positive", "a"), vote("r", "new", "negative", "b"), vote("r", "other", "positive")]
    settings = TrustSettings(labels_a_rater=1, vouching=SETTINGS.vouching)
    labels = labels_of([*on_known("r", 100), *votes], settings)
    assert [(review_id, given.label) for review_id, given in labels.items()] == [("other", "positive")]


def test_one_account_cannot_exceed_the_cap() -> None:
    votes = [*on_known("r", 100), *(vote("r", f"new-{i}", "negative") for i in range(1000))]
    assert len(labels_of(votes)) == TrustSettings().labels_a_rater
    assert kept(votes, TrustSettings(labels_a_rater=0, vouching=SETTINGS.vouching)) == []


def test_the_cap_keeps_ballots_at_random_for_each_voter() -> None:
    settings = TrustSettings(labels_a_rater=20, labels_a_client=40, vouching=SETTINGS.vouching)
    votes = [
        vote(rater, f"{i:04}", "positive", client=client)
        for rater, client in (("a", VOUCHING), ("b", VOUCHING), ("c", OTHER))
        for i in range(1000)
    ]
    drawn = [
        {review for voter, review in kept(votes, settings) if voter == one}
        for one in (Voter(VOUCHING, "a"), Voter(VOUCHING, "b"), Voter(OTHER, None))
    ]
    assert drawn[0] != drawn[1] != drawn[2]
    for reviews in drawn:
        assert len(reviews) == 20
        assert 300 < sum(map(int, reviews)) / len(reviews) < 700


def test_capped_ballots_do_not_depend_on_the_other_ballots() -> None:
    settings = TrustSettings(labels_a_client=10)
    votes = [vote("a", f"{i:04}", "positive", client=OTHER) for i in range(100)]
    first = kept(votes, settings)
    names = {review for _, review in first}
    assert kept([item for item in votes if item.review_id in names or int(item.review_id) % 2], settings) == first


def label_of(votes: list[tuple[Label, float]], probability: float = UNSURE) -> tuple[Label | None, float]:
    """Return label and weight that voters of this trust give to a review; None and 0 where they give none."""
    ballots = ballots_of(
        [vote(str(rater), "x", label, probability=probability) for rater, (label, _) in enumerate(votes)], SETTINGS
    )
    trust = {Voter(VOUCHING, str(rater)): weight for rater, (_, weight) in enumerate(votes)}
    given = aggregate(ballots, trust, TrustSettings())
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
        {"labels_a_client": -1},
    ],
)
def test_invalid_settings_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        TrustSettings(**settings)  # type: ignore[arg-type]  # the wrong values are the point
