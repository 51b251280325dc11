"""Judged texts as reviews with labels: which judgement holds, on which text, of whom, and what becomes of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from feature_repo.ingest.spool import digest
from sentiment.evaluation.trust import TrustSettings, Vote, feedback_labels
from sentiment.reviews.review import Review, is_held_out, review_id_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from sentiment.evaluation.trust import FeedbackLabel
    from sentiment.reviews.review import Label
    from sentiment.schemas.events import FeedbackEvent, PredictionEvent

SOURCE = "feedback"

NO_PREDICTION = "judgement of a prediction that is not archived yet"
EVIDENCE = "judgement of a review known already: tells how far its rater can be trusted"
TOO_OLD = "judgement of a text from before the window"
HELD_OUT = "judgement of a text that is held out"
NOT_TRUSTED = "judgement of a text on which no trusted raters agree, or against all odds"
BLANK = "judgement of a blank text"
SAME_TEXT = "another judgement of a text that is kept"


class Judged(NamedTuple):
    """A prediction and the judgement of it that holds.

    Attributes:
        prediction_id: Of the prediction.
        text: Without blanks around it.
        product_id: Where one came with the text.
        predicted_at: When the text came in.
        label: What it is, says the judgement.
        rater: Keyed hash of who says so.
        judged_at: When.
        probability: Of positive, as the prediction said.
    """

    prediction_id: str
    text: str
    product_id: str | None
    predicted_at: datetime
    label: Label
    rater: str | None
    judged_at: datetime
    probability: float

    @classmethod
    def of(cls, prediction: PredictionEvent, feedback: FeedbackEvent) -> Judged:
        """Return both events as one."""
        return cls(
            prediction.prediction_id,
            prediction.text.strip(),
            prediction.product_id,
            prediction.created_at,
            feedback.label,
            feedback.rater,
            feedback.updated_at,
            prediction.probability,
        )


class Known(NamedTuple):
    """A review with stars that the lake has; its label is None for three stars."""

    review_id: str
    label: Label | None


class LabelledReview(NamedTuple):
    """A review that feedback gives a label to.

    Attributes:
        review: Its time is that of the first judged prediction of its text.
        said: Its label and weight.
        said_at: When the last judgement was made.
    """

    review: Review
    said: FeedbackLabel
    said_at: datetime


class Outcome(NamedTuple):
    """What becomes of judgements: a label for each of `labelled`, the others by their reasons."""

    labelled: list[LabelledReview]
    set_aside: Counter[str]


def newest(first: FeedbackEvent | None, second: FeedbackEvent) -> FeedbackEvent:
    """Return the event that holds of two on one prediction, whichever came first."""
    return second if first is None else max(first, second, key=lambda event: (event.order, event.model_dump_json()))


def label_reviews(
    judged: Iterable[Judged], known: Mapping[int, Known], since: datetime, settings: TrustSettings | None = None
) -> Outcome:
    """Return the reviews that trusted raters label; the order of the judgements decides nothing.

    Args:
        judged: One for each prediction.
        known: By the digest of text, or of title above text: reviews with stars, held-out ones too.
        since: The begin of the window. Older texts are no training data; judgements of known ones are evidence still.
        settings: How feedback is weighted.
    """
    by_text: defaultdict[int, list[Judged]] = defaultdict(list)
    for one in judged:
        by_text[digest(one.text)].append(one)
    votes: list[Vote] = []
    aside: Counter[str] = Counter()
    candidates: dict[str, tuple[Review, list[Judged]]] = {}
    for key, group in sorted(by_text.items()):
        found = known.get(key)
        review = _review_of(min(group, key=lambda one: (one.predicted_at, one.prediction_id)))
        if found is not None:
            aside[EVIDENCE] += len(group)
            votes += _votes(found.review_id, group)
        elif not review.text:
            aside[BLANK] += len(group)
        elif review.time is None or review.time < since:
            aside[TOO_OLD] += len(group)
        elif is_held_out(review.review_id):
            aside[HELD_OUT] += len(group)
        else:
            candidates[review.review_id] = (review, group)
            votes += _votes(review.review_id, group)
    labels = feedback_labels(votes, {one.review_id: one.label for one in known.values()}, settings)
    labelled = []
    for review_id, (review, group) in sorted(candidates.items()):
        said = labels.get(review_id)
        if said is None:
            aside[NOT_TRUSTED] += len(group)
        else:
            aside[SAME_TEXT] += len(group) - 1
            labelled.append(LabelledReview(review, said, max(one.judged_at for one in group)))
    return Outcome(labelled, aside)


def _votes(review_id: str, group: Iterable[Judged]) -> Iterator[Vote]:
    return (Vote(one.rater, review_id, one.prediction_id, one.label, one.probability) for one in group)


def _review_of(first: Judged) -> Review:
    return Review(
        review_id=review_id_of(product_id=first.product_id, title="", text=first.text),
        product_id=first.product_id,
        title="",
        text=first.text,
        stars=None,
        label=None,
        time=first.predicted_at,
        source=SOURCE,
    )
