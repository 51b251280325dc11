from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from feature_repo.ingest import judgements
from feature_repo.ingest.judgements import Judged, Known, label_reviews
from feature_repo.ingest.spool import digest
from sentiment.evaluation.trust import TrustSettings
from sentiment.reviews.review import is_held_out, review_id_of

if TYPE_CHECKING:
    from sentiment.reviews.review import Label

UNTIL = datetime(2026, 11, 23, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=90)
KNOWN_TEXTS: dict[str, Label] = {f"known text {number}": ("positive", "negative")[number % 2] for number in range(40)}
KNOWN = {digest(text): Known(f"known {text}", label) for text, label in KNOWN_TEXTS.items()}
HONEST = TrustSettings(labels_a_rater=1000)


def a_judgement(
    text: str, label: Label, rater: str | None = "ann", *, at: datetime = UNTIL - timedelta(days=5), product: str = "p"
) -> Judged:
    return Judged(f"{text}/{rater}/{at}", text, product, at, label, rater, at + timedelta(hours=1), 0.5)


def evidence(rater: str, *, right: bool = True) -> list[Judged]:
    wrong: dict[Label, Label] = {"positive": "negative", "negative": "positive"}
    return [a_judgement(text, label if right else wrong[label], rater) for text, label in KNOWN_TEXTS.items()]


def new_text(number: int = 0, *, held_out: bool = False, product: str = "p") -> str:
    """The n-th text that is, or is not, held out."""
    found = (
        text
        for text in (f"new text {candidate}" for candidate in range(10_000))
        if is_held_out(review_id_of(product_id=product, title="", text=text)) == held_out
    )
    return [next(found) for _ in range(number + 1)][-1]


def test_a_trusted_rater_labels_a_new_text() -> None:
    at = UNTIL - timedelta(days=3)
    made = label_reviews([*evidence("ann"), a_judgement(new_text(), "negative", at=at)], KNOWN, SINCE)
    (one,) = made.labelled
    assert one.said.label == "negative"
    assert 0 < one.said.weight <= 1
    assert one.review.review_id == review_id_of(product_id="p", title="", text=new_text())
    assert (one.review.time, one.said_at) == (at, at + timedelta(hours=1))
    assert (one.review.stars, one.review.title, one.review.source) == (None, "", "feedback")


def test_who_was_never_right_on_anything_known_teaches_nothing() -> None:
    strangers = [a_judgement(new_text(), "negative", rater) for rater in ("new", None)]
    liar = [*evidence("liar", right=False), a_judgement(new_text(1), "negative", "liar")]
    made = label_reviews([*strangers, *liar], KNOWN, SINCE)
    assert made.labelled == []
    assert made.set_aside[judgements.NOT_TRUSTED] == 3


def test_a_known_review_is_never_labelled_by_feedback() -> None:
    made = label_reviews(evidence("ann"), KNOWN, SINCE)
    assert made.labelled == []
    assert made.set_aside == {judgements.EVIDENCE: len(KNOWN_TEXTS)}


def test_a_held_out_text_is_never_labelled_by_feedback() -> None:
    made = label_reviews([*evidence("ann"), a_judgement(new_text(held_out=True), "positive")], KNOWN, SINCE)
    assert made.labelled == []
    assert made.set_aside[judgements.HELD_OUT] == 1


def test_a_text_from_before_the_window_is_evidence_only() -> None:
    before = SINCE - timedelta(seconds=1)
    old = [one._replace(predicted_at=before) for one in evidence("ann")]
    made = label_reviews([*old, a_judgement(new_text(), "positive", at=before)], KNOWN, SINCE)
    assert made.labelled == []
    assert made.set_aside[judgements.TOO_OLD] == 1
    still_trusted = label_reviews([*old, a_judgement(new_text(), "positive")], KNOWN, SINCE)
    assert len(still_trusted.labelled) == 1


def test_a_blank_text_is_no_review() -> None:
    made = label_reviews([*evidence("ann"), a_judgement("", "positive")], KNOWN, SINCE)
    assert made.labelled == []
    assert made.set_aside[judgements.BLANK] == 1


def test_one_text_is_one_review_whoever_sent_it_for_whichever_product() -> None:
    first = UNTIL - timedelta(days=9)
    text = new_text()
    judged = [
        *evidence("ann"),
        *evidence("bob"),
        a_judgement(text, "positive", "ann", at=first),
        a_judgement(text, "positive", "bob", product="q"),
    ]
    made = label_reviews(judged, KNOWN, SINCE)
    (one,) = made.labelled
    assert (one.review.product_id, one.review.time) == ("p", first)
    assert made.set_aside[judgements.SAME_TEXT] == 1


def test_one_rater_labels_no_more_reviews_than_the_cap() -> None:
    texts = [new_text(number) for number in range(5)]
    judged = [*evidence("ann"), *(a_judgement(text, "positive") for text in texts)]
    made = label_reviews(judged, KNOWN, SINCE, TrustSettings(labels_a_rater=2))
    assert len(made.labelled) == 2


def test_the_order_of_judgements_decides_nothing() -> None:
    judged = [
        *evidence("ann"),
        *evidence("bob"),
        *evidence("liar", right=False),
        a_judgement(new_text(), "positive", "ann"),
        a_judgement(new_text(), "negative", "bob"),
        a_judgement(new_text(1), "negative", "bob"),
        a_judgement(new_text(2), "positive", "liar"),
    ]
    expected = label_reviews(judged, KNOWN, SINCE, HONEST)
    shuffled = random.Random(4).sample(judged, len(judged))
    assert label_reviews(shuffled, KNOWN, SINCE, HONEST) == expected


def test_every_judgement_is_counted_once() -> None:
    judged = [
        *evidence("ann"),
        a_judgement(new_text(), "positive"),
        a_judgement(new_text(), "positive", "stranger"),
        a_judgement(new_text(1), "negative", "stranger"),
        a_judgement(new_text(held_out=True), "positive"),
        a_judgement(new_text(2), "positive", at=SINCE - timedelta(days=1)),
    ]
    made = label_reviews(judged, KNOWN, SINCE)
    assert len(made.labelled) + made.set_aside.total() == len(judged)
