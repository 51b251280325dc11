from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from feature_repo.ingest import feedback
from feature_repo.ingest.feedback import Labelling, RatedPrediction, StarredReview
from feature_repo.ingest.index import key_of
from sentiment.evaluation.trust import TrustSettings
from sentiment.reviews.held_out import PUBLIC
from sentiment.reviews.identity import fingerprint
from sentiment.reviews.review import review_id_of
from sentiment.reviews.sample import load_sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sentiment.reviews.review import Label

UNTIL = datetime(2026, 11, 23, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=90)
STARRED_TEXTS: dict[str, Label] = {
    f"text with stars {number}": ("positive", "negative")[number % 2] for number in range(40)
}
STARRED = {
    key_of(fingerprint(text)): StarredReview(f"known {text}", label, held_out=True)
    for text, label in STARRED_TEXTS.items()
}
SHOP = "the shop"
VOUCHING = TrustSettings(vouching=frozenset({SHOP}))
HONEST = TrustSettings(labels_a_rater=1000, vouching=VOUCHING.vouching)
WRONG: dict[Label, Label] = {"positive": "negative", "negative": "positive"}
LABELS: dict[int, Label] = {number: ("positive", "negative")[number % 2] for number in range(1, 21)}
"""What reviewers say of the n-th new texts."""
REAL_TEXTS = [review.text for review in load_sample() if 100 < len(review.text) < 400][:200]


def label_reviews(
    rated: Iterable[RatedPrediction],
    settings: TrustSettings = VOUCHING,
    *,
    starred: Mapping[int, StarredReview] = STARRED,
    held_out: Iterable[str] = (),
) -> Labelling:
    return feedback.label_reviews(rated, starred, SINCE, PUBLIC, settings, held_out_texts=held_out)


def a_rated_prediction(
    text: str, label: Label, rater: str | None = "ann", *, at: datetime = UNTIL - timedelta(days=5), product: str = "p"
) -> RatedPrediction:
    return RatedPrediction(f"{text}/{rater}/{at}", text, product, at, label, rater, at + timedelta(hours=1), 0.5, SHOP)


def evidence(rater: str, *, right: bool = True) -> list[RatedPrediction]:
    return [a_rated_prediction(text, label if right else WRONG[label], rater) for text, label in STARRED_TEXTS.items()]


def new_text(number: int = 0, *, held_out: bool = False) -> str:
    """Return the n-th of some real texts that are, or are not, held out."""
    return [text for text in REAL_TEXTS if PUBLIC.holds_out(text) == held_out][number]


def test_a_trusted_rater_labels_a_new_text() -> None:
    at = UNTIL - timedelta(days=3)
    made = label_reviews([*evidence("ann"), a_rated_prediction(new_text(), "negative", at=at)])
    (one,) = made.labelled
    assert one.feedback.label == "negative"
    assert 0 < one.feedback.weight <= 1
    assert one.review.review_id == review_id_of(product_id="p", title="", text=new_text())
    assert (one.review.time, one.rated_at) == (at, at + timedelta(hours=1))
    assert (one.review.stars, one.review.title, one.review.source) == (None, "", "feedback")


def test_a_rater_never_seen_right_labels_nothing() -> None:
    strangers = [a_rated_prediction(new_text(), "negative", rater) for rater in ("new", None)]
    liar = [*evidence("liar", right=False), a_rated_prediction(new_text(1), "negative", "liar")]
    made = label_reviews([*strangers, *liar])
    assert made.labelled == []
    assert made.set_aside[feedback.NOT_TRUSTED] == 3


def test_what_was_ever_wrong_on_a_known_text_stays_wrong() -> None:
    """Else whoever sees a reviewer look takes the lie back."""
    taken_back = [one._replace(changed=True) for one in evidence("liar")]
    assert label_reviews([*taken_back, a_rated_prediction(new_text(), "negative", "liar")]).labelled == []
    changed = a_rated_prediction(new_text(), "negative")._replace(changed=True)
    assert [one.feedback.label for one in label_reviews([*evidence("ann"), changed]).labelled] == ["negative"]


def test_feedback_never_labels_a_review_with_stars() -> None:
    made = label_reviews(evidence("ann"))
    assert made.labelled == []
    assert made.set_aside == {feedback.EVIDENCE: len(STARRED_TEXTS)}


def test_feedback_never_labels_a_held_out_text() -> None:
    made = label_reviews([*evidence("ann"), a_rated_prediction(new_text(held_out=True), "positive")])
    assert made.labelled == []
    assert made.set_aside[feedback.HELD_OUT] == 1


@pytest.mark.parametrize(
    "spelling",
    ["{} .", "<b>{}</b>", "{}\u200b!!!", "A title that somebody made up\n{}", " {}  \n"],
)
def test_another_spelling_of_a_held_out_text_teaches_nothing(spelling: str) -> None:
    text = new_text(held_out=True)
    sent = spelling.format(text.upper()).strip()
    made = label_reviews([*evidence("ann"), a_rated_prediction(sent, "positive")])
    assert made.labelled == []
    assert made.set_aside[feedback.HELD_OUT] == 1


def test_a_held_out_review_under_another_title_teaches_nothing() -> None:
    text = new_text()
    known = {key_of(fingerprint(text)): StarredReview("starred", "positive", held_out=True)}
    sent = a_rated_prediction(f"Another title\n{text}", "negative")
    made = label_reviews([*evidence("ann"), sent], starred={**STARRED, **known})
    assert made.labelled == []
    assert made.set_aside[feedback.HELD_OUT] == 1


def test_a_near_copy_of_a_held_out_review_teaches_nothing() -> None:
    text, other = new_text(), new_text(1)
    words = text.split()
    near = " ".join([*words[: len(words) // 2], "really", *words[len(words) // 2 + 2 :], "indeed"])
    rated = [*evidence("ann"), *evidence("bob")]
    rated += [a_rated_prediction(near, "positive", who) for who in ("ann", "bob")]
    made = label_reviews([*rated, a_rated_prediction(other, "positive")], held_out=[f"A title\n{text}"])
    assert [one.review.text for one in made.labelled] == [other]
    assert made.set_aside[feedback.NEAR_HELD_OUT] == 2


def test_near_copies_with_the_same_label_teach_once_and_with_another_both() -> None:
    text = new_text()
    given: dict[str, Label] = {f"{text} Copy number {number}.": "positive" for number in range(4)}
    given[f"{text} But it broke."] = "negative"
    rated = [*evidence("ann"), *(a_rated_prediction(one, label, "ann") for one, label in given.items())]
    made = label_reviews(rated)
    assert sorted(one.feedback.label for one in made.labelled) == ["negative", "positive"]
    assert made.set_aside[feedback.NEAR_COPY] == 3


def test_all_spellings_of_a_text_are_one_review() -> None:
    text = new_text()
    spellings = [text, text.upper(), f"<p>{text}</p>", f"{text} ."]
    rated = [*evidence("ann"), *(a_rated_prediction(one, "positive") for one in spellings)]
    (one,) = label_reviews(rated).labelled
    assert one.feedback.label == "positive"


def test_feedback_on_another_spelling_of_a_starred_text_is_evidence() -> None:
    made = label_reviews([one._replace(text=f"{one.text.upper()} .") for one in evidence("ann")])
    assert made.set_aside == {feedback.EVIDENCE: len(STARRED_TEXTS)}


def test_feedback_from_before_the_window_only_shows_trust() -> None:
    before = SINCE - timedelta(seconds=1)
    old = [one._replace(predicted_at=before) for one in evidence("ann")]
    made = label_reviews([*old, a_rated_prediction(new_text(), "positive", at=before)])
    assert made.labelled == []
    assert made.set_aside[feedback.TOO_OLD] == 1
    still_trusted = label_reviews([*old, a_rated_prediction(new_text(), "positive")])
    assert len(still_trusted.labelled) == 1


def test_a_blank_text_is_no_review() -> None:
    made = label_reviews(
        [*evidence("ann"), a_rated_prediction("", "positive"), a_rated_prediction("\u200b", "positive")]
    )
    assert made.labelled == []
    assert made.set_aside[feedback.BLANK] == 2


def test_one_text_is_one_review_for_all_raters_and_products() -> None:
    first = UNTIL - timedelta(days=9)
    text = new_text()
    rated = [
        *evidence("ann"),
        *evidence("bob"),
        a_rated_prediction(text, "positive", "ann", at=first),
        a_rated_prediction(text, "positive", "bob", product="q"),
    ]
    made = label_reviews(rated)
    (one,) = made.labelled
    assert (one.review.product_id, one.review.time) == ("p", first)
    assert made.set_aside[feedback.SAME_TEXT] == 1


def test_one_rater_labels_no_more_reviews_than_the_cap() -> None:
    texts = [new_text(number) for number in range(5)]
    rated = [*evidence("ann"), *(a_rated_prediction(text, "positive") for text in texts)]
    made = label_reviews(rated, TrustSettings(labels_a_rater=2, vouching=VOUCHING.vouching))
    assert len(made.labelled) == 2


def test_the_order_of_feedback_makes_no_difference() -> None:
    rated = [
        *evidence("ann"),
        *evidence("bob"),
        *evidence("liar", right=False),
        a_rated_prediction(new_text(), "positive", "ann"),
        a_rated_prediction(new_text(), "negative", "bob"),
        a_rated_prediction(new_text(1), "negative", "bob"),
        a_rated_prediction(new_text(2), "positive", "liar"),
    ]
    expected = label_reviews(rated, HONEST)
    shuffled = random.Random(4).sample(rated, len(rated))
    assert label_reviews(shuffled, HONEST) == expected


def test_all_feedback_is_counted_once() -> None:
    rated = [
        *evidence("ann"),
        a_rated_prediction(new_text(), "positive"),
        a_rated_prediction(new_text(), "positive", "stranger"),
        a_rated_prediction(new_text(1), "negative", "stranger"),
        a_rated_prediction(new_text(held_out=True), "positive"),
        a_rated_prediction(new_text(2), "positive", at=SINCE - timedelta(days=1)),
    ]
    made = label_reviews(rated)
    assert len(made.labelled) + made.set_aside.total() == len(rated)


def test_public_and_trained_on_stars_show_no_trust_and_get_no_label() -> None:
    public = {key: one._replace(public=True) for key, one in STARRED.items()}
    made = label_reviews([*evidence("ann"), a_rated_prediction(new_text(), "positive")], starred=public)
    assert made.labelled == []
    assert +made.set_aside == {feedback.STARRED: len(STARRED_TEXTS), feedback.NOT_TRUSTED: 1}


def reviewed(label_of: Mapping[int, Label], reviewer: str = "reviewer") -> list[RatedPrediction]:
    """Return reviewers' labels of the n-th new texts, a day after people vote on them."""
    given = [a_rated_prediction(new_text(number), label, reviewer) for number, label in label_of.items()]
    return [one._replace(reviewer=True, rated_at=one.rated_at + timedelta(days=1)) for one in given]


def test_reviewers_labels_teach_and_show_how_far_to_trust_a_rater() -> None:
    votes = [a_rated_prediction(new_text(number), label, "ann") for number, label in LABELS.items()]
    made = label_reviews([*reviewed(LABELS), *votes, a_rated_prediction(new_text(), "negative")], starred={})
    taught = {one.review.text: one.feedback for one in made.labelled}
    assert taught.keys() == {new_text(number) for number in (0, *LABELS)}
    assert {taught[new_text(number)][:2] for number in LABELS} == {("positive", 1.0), ("negative", 1.0)}
    assert +made.set_aside == {feedback.EVIDENCE: len(LABELS)}


def test_a_vote_after_the_reviewers_label_shows_no_trust() -> None:
    """A model that has learned the label tells it to whoever asks."""
    votes = [a_rated_prediction(new_text(number), label, "ann") for number, label in LABELS.items()]
    late = [one._replace(rated_at=one.rated_at + timedelta(days=2)) for one in votes]
    made = label_reviews([*reviewed(LABELS), *late, a_rated_prediction(new_text(), "negative")], starred={})
    assert new_text() not in {one.review.text for one in made.labelled}
    assert made.set_aside[feedback.LATE] == len(LABELS)
    liar = [one._replace(changed=True) for one in late]
    made = label_reviews([*reviewed(LABELS), *votes, *liar, a_rated_prediction(new_text(), "negative")], starred={})
    assert new_text() not in {one.review.text for one in made.labelled}, "a lie that was taken back later still counts"


def test_a_vote_on_a_text_that_was_chosen_for_reviewers_shows_no_trust() -> None:
    """An honest voter would look bad on the texts where the vote contradicts a model that is sure."""
    wrong = [a_rated_prediction(new_text(number), WRONG[label], "ann") for number, label in LABELS.items()]
    right = [*evidence("ann"), a_rated_prediction(new_text(), "negative")]
    made = label_reviews([*(one._replace(chosen=True) for one in reviewed(LABELS)), *wrong, *right])
    taught = {one.review.text: one.feedback for one in made.labelled}
    assert taught.keys() == {new_text(number) for number in (0, *LABELS)}, "reviewers' labels do teach"
    assert taught[new_text()] == label_reviews(right).labelled[0].feedback
    assert +made.set_aside == {feedback.EVIDENCE: len(STARRED_TEXTS), feedback.CHOSEN: len(LABELS)}


def test_reviewers_who_disagree_prove_and_teach_nothing() -> None:
    both = [*reviewed(LABELS), *reviewed({number: WRONG[label] for number, label in LABELS.items()}, "another")]
    votes = [a_rated_prediction(new_text(number), "positive", "ann") for number in LABELS]
    made = label_reviews([*both, *votes, a_rated_prediction(new_text(), "negative")], starred={})
    assert made.labelled == []
    assert made.set_aside[feedback.DISPUTED] == 2 * len(LABELS)


def test_reviewers_labels_of_held_out_texts_teach_nothing() -> None:
    held_out = a_rated_prediction(new_text(held_out=True), "positive")._replace(reviewer=True)
    near = a_rated_prediction(f"{new_text()} Really.", "positive")._replace(reviewer=True)
    made = label_reviews([held_out, near], starred={}, held_out=[new_text()])
    assert made.labelled == []
    assert +made.set_aside == {feedback.HELD_OUT: 1, feedback.NEAR_HELD_OUT: 1}


def test_a_client_without_reviewers_or_stars_teaches_up_to_its_bound() -> None:
    votes = [a_rated_prediction(new_text(number), "positive", f"name {number}") for number in range(8)]
    made = label_reviews(votes, TrustSettings(labels_a_client=10), starred={})
    assert len(made.labelled) == 5  # of either label at most half
    assert made.labelled[0].feedback.raters
    assert made.set_aside[feedback.NOT_TRUSTED] == 3
