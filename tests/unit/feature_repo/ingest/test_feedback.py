from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from feature_repo.ingest import feedback
from feature_repo.ingest.feedback import RatedPrediction, StarredReview, label_reviews
from feature_repo.ingest.spool import digest
from sentiment.evaluation.trust import TrustSettings
from sentiment.reviews.held_out import is_held_out
from sentiment.reviews.review import review_id_of

if TYPE_CHECKING:
    from sentiment.reviews.review import Label

UNTIL = datetime(2026, 11, 23, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=90)
STARRED_TEXTS: dict[str, Label] = {
    f"text with stars {number}": ("positive", "negative")[number % 2] for number in range(40)
}
STARRED = {digest(text): StarredReview(f"known {text}", label) for text, label in STARRED_TEXTS.items()}
HONEST = TrustSettings(labels_a_rater=1000)


def a_rated_prediction(
    text: str, label: Label, rater: str | None = "ann", *, at: datetime = UNTIL - timedelta(days=5), product: str = "p"
) -> RatedPrediction:
    return RatedPrediction(f"{text}/{rater}/{at}", text, product, at, label, rater, at + timedelta(hours=1), 0.5)


def evidence(rater: str, *, right: bool = True) -> list[RatedPrediction]:
    wrong: dict[Label, Label] = {"positive": "negative", "negative": "positive"}
    return [a_rated_prediction(text, label if right else wrong[label], rater) for text, label in STARRED_TEXTS.items()]


def new_text(number: int = 0, *, held_out: bool = False, product: str = "p") -> str:
    """Return the n-th text that is, or is not, held out."""
    found = (
        text
        for text in (f"new text {candidate}" for candidate in range(10_000))
        if is_held_out(review_id_of(product_id=product, title="", text=text)) == held_out
    )
    return [next(found) for _ in range(number + 1)][-1]


def test_a_trusted_rater_labels_a_new_text() -> None:
    at = UNTIL - timedelta(days=3)
    made = label_reviews([*evidence("ann"), a_rated_prediction(new_text(), "negative", at=at)], STARRED, SINCE)
    (one,) = made.labelled
    assert one.feedback.label == "negative"
    assert 0 < one.feedback.weight <= 1
    assert one.review.review_id == review_id_of(product_id="p", title="", text=new_text())
    assert (one.review.time, one.rated_at) == (at, at + timedelta(hours=1))
    assert (one.review.stars, one.review.title, one.review.source) == (None, "", "feedback")


def test_a_rater_never_seen_right_labels_nothing() -> None:
    strangers = [a_rated_prediction(new_text(), "negative", rater) for rater in ("new", None)]
    liar = [*evidence("liar", right=False), a_rated_prediction(new_text(1), "negative", "liar")]
    made = label_reviews([*strangers, *liar], STARRED, SINCE)
    assert made.labelled == []
    assert made.set_aside[feedback.NOT_TRUSTED] == 3


def test_feedback_never_labels_a_review_with_stars() -> None:
    made = label_reviews(evidence("ann"), STARRED, SINCE)
    assert made.labelled == []
    assert made.set_aside == {feedback.EVIDENCE: len(STARRED_TEXTS)}


def test_feedback_never_labels_a_held_out_text() -> None:
    made = label_reviews([*evidence("ann"), a_rated_prediction(new_text(held_out=True), "positive")], STARRED, SINCE)
    assert made.labelled == []
    assert made.set_aside[feedback.HELD_OUT] == 1


def test_feedback_from_before_the_window_only_shows_trust() -> None:
    before = SINCE - timedelta(seconds=1)
    old = [one._replace(predicted_at=before) for one in evidence("ann")]
    made = label_reviews([*old, a_rated_prediction(new_text(), "positive", at=before)], STARRED, SINCE)
    assert made.labelled == []
    assert made.set_aside[feedback.TOO_OLD] == 1
    still_trusted = label_reviews([*old, a_rated_prediction(new_text(), "positive")], STARRED, SINCE)
    assert len(still_trusted.labelled) == 1


def test_a_blank_text_is_no_review() -> None:
    made = label_reviews([*evidence("ann"), a_rated_prediction("", "positive")], STARRED, SINCE)
    assert made.labelled == []
    assert made.set_aside[feedback.BLANK] == 1


def test_one_text_is_one_review_for_all_raters_and_products() -> None:
    first = UNTIL - timedelta(days=9)
    text = new_text()
    rated = [
        *evidence("ann"),
        *evidence("bob"),
        a_rated_prediction(text, "positive", "ann", at=first),
        a_rated_prediction(text, "positive", "bob", product="q"),
    ]
    made = label_reviews(rated, STARRED, SINCE)
    (one,) = made.labelled
    assert (one.review.product_id, one.review.time) == ("p", first)
    assert made.set_aside[feedback.SAME_TEXT] == 1


def test_one_rater_labels_no_more_reviews_than_the_cap() -> None:
    texts = [new_text(number) for number in range(5)]
    rated = [*evidence("ann"), *(a_rated_prediction(text, "positive") for text in texts)]
    made = label_reviews(rated, STARRED, SINCE, TrustSettings(labels_a_rater=2))
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
    expected = label_reviews(rated, STARRED, SINCE, HONEST)
    shuffled = random.Random(4).sample(rated, len(rated))
    assert label_reviews(shuffled, STARRED, SINCE, HONEST) == expected


def test_all_feedback_is_counted_once() -> None:
    rated = [
        *evidence("ann"),
        a_rated_prediction(new_text(), "positive"),
        a_rated_prediction(new_text(), "positive", "stranger"),
        a_rated_prediction(new_text(1), "negative", "stranger"),
        a_rated_prediction(new_text(held_out=True), "positive"),
        a_rated_prediction(new_text(2), "positive", at=SINCE - timedelta(days=1)),
    ]
    made = label_reviews(rated, STARRED, SINCE)
    assert len(made.labelled) + made.set_aside.total() == len(rated)
