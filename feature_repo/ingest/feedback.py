"""Feedback as labelled reviews: which verdict counts, on which text, by whom, and why others do not."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from feature_repo.ingest.spool import digest
from feature_repo.lake.keys import FEEDBACK
from sentiment.evaluation.trust import TrustSettings, Vote, feedback_labels
from sentiment.reviews.held_out import is_held_out
from sentiment.reviews.review import Review, review_id_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from sentiment.evaluation.trust import FeedbackLabel
    from sentiment.reviews.review import Label
    from sentiment.schemas.events import FeedbackEvent, PredictionEvent

NO_PREDICTION = "feedback on a prediction that is not archived yet"
EVIDENCE = "feedback on a review with stars: shows how far to trust its rater"
TOO_OLD = "feedback on a text from before the window"
HELD_OUT = "feedback on a held-out text"
NOT_TRUSTED = "feedback on a text without enough trust for a label"
BLANK = "feedback on a blank text"
SAME_TEXT = "more feedback on a text that is kept"


class RatedPrediction(NamedTuple):
    """A prediction and the latest feedback on it.

    `text` is without surrounding whitespace, `label` follows from the verdict, and `rater` is a keyed hash.
    """

    prediction_id: str
    text: str
    product_id: str | None
    predicted_at: datetime
    label: Label
    rater: str | None
    rated_at: datetime
    probability: float

    @classmethod
    def of(cls, prediction: PredictionEvent, feedback: FeedbackEvent) -> RatedPrediction:
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


class StarredReview(NamedTuple):
    """A review with stars that the lake has; its label is None for three stars."""

    review_id: str
    label: Label | None


class LabelledReview(NamedTuple):
    """A review that feedback labels.

    Attributes:
        review: The review, at the time of the first rated prediction of its text.
        feedback: Its label and weight.
        rated_at: Time of the last feedback.
    """

    review: Review
    feedback: FeedbackLabel
    rated_at: datetime


class Labelling(NamedTuple):
    """The reviews that feedback labels, and how much feedback was set aside for each reason."""

    labelled: list[LabelledReview]
    set_aside: Counter[str]


def newest(first: FeedbackEvent | None, second: FeedbackEvent) -> FeedbackEvent:
    """Return the newer of two events on one prediction, in whichever order they come."""
    return second if first is None else max(first, second, key=lambda event: (event.order, event.model_dump_json()))


def label_reviews(
    rated: Iterable[RatedPrediction],
    starred: Mapping[int, StarredReview],
    since: datetime,
    settings: TrustSettings | None = None,
) -> Labelling:
    """Return the reviews that trusted raters label, independent of the order of the feedback.

    Args:
        rated: One for each prediction with feedback.
        starred: Reviews with stars, including held-out ones, by the digest of their text or of title and text.
        since: Start of the window. Older texts are no training data, but still show how far to trust a rater.
        settings: How feedback is weighted.
    """
    by_text: defaultdict[int, list[RatedPrediction]] = defaultdict(list)
    for one in rated:
        by_text[digest(one.text)].append(one)
    votes: list[Vote] = []
    aside: Counter[str] = Counter()
    candidates: dict[str, tuple[Review, list[RatedPrediction]]] = {}
    for key, group in sorted(by_text.items()):
        found = starred.get(key)
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
    labels = feedback_labels(votes, {one.review_id: one.label for one in starred.values()}, settings)
    labelled = []
    for review_id, (review, group) in sorted(candidates.items()):
        label = labels.get(review_id)
        if label is None:
            aside[NOT_TRUSTED] += len(group)
        else:
            aside[SAME_TEXT] += len(group) - 1
            labelled.append(LabelledReview(review, label, max(one.rated_at for one in group)))
    return Labelling(labelled, aside)


def _votes(review_id: str, group: Iterable[RatedPrediction]) -> Iterator[Vote]:
    return (Vote(one.rater, review_id, one.prediction_id, one.label, one.probability) for one in group)


def _review_of(first: RatedPrediction) -> Review:
    return Review(
        review_id=review_id_of(product_id=first.product_id, title="", text=first.text),
        product_id=first.product_id,
        title="",
        text=first.text,
        stars=None,
        label=None,
        time=first.predicted_at,
        source=FEEDBACK,
    )
