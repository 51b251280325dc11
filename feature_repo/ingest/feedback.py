"""Feedback as labelled reviews: which verdict counts, on which text, by whom, and why others do not."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from feature_repo.ingest.index import key_of
from feature_repo.lake.keys import FEEDBACK
from sentiment.evaluation.audit_draw import RANDOM_DRAWS
from sentiment.evaluation.trust import FeedbackLabel, Rater, TrustSettings, Vote, feedback_labels
from sentiment.reviews.identity import fingerprint
from sentiment.reviews.near_copies import first_of_near_copies, near_copies
from sentiment.reviews.review import Review, review_id_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sentiment.reviews.held_out import HoldOut
    from sentiment.reviews.review import Label
    from sentiment.schemas.events import FeedbackEvent, PredictionEvent

NO_PREDICTION = "feedback on a prediction that is not archived yet"
EVIDENCE = "feedback on a text whose label nobody outside knows: shows how far to trust its voter"
STARRED = "feedback on a review with stars that is public or was trained on"
CHOSEN = "feedback on a text that reviewers were shown for what the model or the voter said"
LATE = "feedback on a text after a reviewer labelled it"
DISPUTED = "reviewers' labels that disagree"
TOO_OLD = "feedback on a text from before the window"
HELD_OUT = "feedback on a held-out text"
NEAR_HELD_OUT = "feedback on a near-copy of a held-out review"
NOT_TRUSTED = "feedback on a text without enough trust for a label"
BLANK = "feedback on a blank text"
SAME_TEXT = "more feedback on a text that is kept"
NEAR_COPY = "feedback on a near-copy of a text that is kept, with the same label"

_BLANK_TEXT = fingerprint("")


class RatedPrediction(NamedTuple):
    """A prediction and the latest feedback on it from one source.

    `text` is without surrounding whitespace, `label` follows from the verdict or is a reviewer's, `rater` and `client`
    (the API key) are keyed hashes, `changed` says whether the other label was given before, and `chosen` whether the
    prediction was chosen for the reviewer, not drawn.
    """

    prediction_id: str
    text: str
    product_id: str | None
    predicted_at: datetime
    label: Label
    rater: str | None
    rated_at: datetime
    probability: float
    client: str | None = None
    reviewer: bool = False
    changed: bool = False
    chosen: bool = False

    @classmethod
    def of(cls, prediction: PredictionEvent, feedback: FeedbackEvent, *, changed: bool = False) -> RatedPrediction:
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
            feedback.client,
            feedback.source == "reviewer",
            changed,
            feedback.draw is not None and feedback.draw not in RANDOM_DRAWS,
        )


class StarredReview(NamedTuple):
    """A review with stars that the lake has; its label is None for three stars.

    It may be `held_out`, and `public`: in the sample, which anybody can read.
    """

    review_id: str
    label: Label | None
    held_out: bool = False
    public: bool = False

    @property
    def secret(self) -> bool:
        """Whether nobody outside can look its label up."""
        return self.held_out and not self.public


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


def text_keys(text: str) -> list[int]:
    """Return the numbers under which indexes may have a text: of all of it, and of what follows a first line."""
    return [key_of(part) for part in _fingerprints(text)]


def _fingerprints(text: str) -> list[str]:
    """Return the fingerprints of a text and, if it has lines, of what follows the first one.

    The first line may be a title, under which a review that is known by its text alone is sent.
    """
    _, line_end, rest = text.partition("\n")
    return [fingerprint(part) for part in ([text, rest] if line_end else [text])]


def label_reviews(
    rated: Iterable[RatedPrediction],
    starred: Mapping[int, StarredReview],
    since: datetime,
    hold_out: HoldOut,
    settings: TrustSettings | None = None,
    *,
    held_out_texts: Iterable[str],
) -> Labelling:
    """Return the reviews that trusted voters label, independent of the order of the feedback.

    Reviewers' labels and secret stars decide how far a voter is trusted; on those texts and on other reviews with stars
    votes label nothing. What reviewers agree on is a label of full weight. A vote that comes after theirs shows no
    trust: once a model has learned a label, its probabilities tell it. Nor does a vote on a text that was not drawn at
    random: honest voters are wrong more often where they contradict a model that is sure.

    All spellings of a text are one review. Nothing is learned on a text that is held out, or nearly so.

    Args:
        rated: One for each prediction and source of feedback.
        starred: Reviews with stars, including held-out ones, by the keys of their text or of title and text.
        since: Start of the window. Older texts are no training data, but still show how far to trust a voter.
        hold_out: Decides which new texts are held out.
        settings: How feedback is weighted.
        held_out_texts: The held-out reviews, of which near-copies are looked for; read once.
    """
    votes: list[Vote] = []
    known: dict[str, Label | None] = {}
    aside: Counter[str] = Counter()
    candidates: list[tuple[Review, list[RatedPrediction]]] = []
    for text, group in _by_text(rated):
        found = starred.get(key_of(text))
        if found is not None and not found.secret:
            aside[STARRED] += len(group)
            continue
        review = _review_of(min(group, key=lambda one: (one.predicted_at, one.prediction_id)))
        reviewers, teaching = [one for one in group if one.reviewer], group
        if found is not None or reviewers:
            known[review.review_id] = found.label if found is not None else _agreed(reviewers)
            evidence = _evidence(group, reviewers if found is None else ())
            aside[LATE] += len(group) - len(reviewers) - len(evidence)
            if found is None and all(one.chosen for one in reviewers):
                aside[CHOSEN] += len(evidence)
            else:
                votes += _votes(review.review_id, evidence, known[review.review_id])
                aside[EVIDENCE] += len(evidence)
            teaching = reviewers
        reason = _why_aside(review, teaching, since)
        if reason is None and any(_is_held_out(one.text, starred, hold_out) for one in group):
            reason = HELD_OUT
        if reason is None:
            candidates.append((review, teaching))
        else:
            aside[reason] += len(teaching)
    left = _without_copies_of(held_out_texts, candidates, aside)
    for review, group in left:
        if review.review_id not in known:
            votes += _votes(review.review_id, group)
    labels = feedback_labels(votes, known, settings)
    labelled = _without_near_copies(list(_labelled(left, labels, aside)), aside)
    return Labelling(labelled, +aside)


def _by_text(rated: Iterable[RatedPrediction]) -> list[tuple[str, list[RatedPrediction]]]:
    """Return what was said of each text, in the order of their fingerprints."""
    groups: defaultdict[str, list[RatedPrediction]] = defaultdict(list)
    for one in rated:
        groups[fingerprint(one.text)].append(one)
    return sorted(groups.items())


def _evidence(group: Iterable[RatedPrediction], reviewers: Iterable[RatedPrediction]) -> list[RatedPrediction]:
    """Return the votes of a group from before the first reviewer's label, and those that were changed."""
    reviewed_at = min((one.rated_at for one in reviewers), default=None)
    return [
        one for one in group if not one.reviewer and (reviewed_at is None or one.changed or one.rated_at < reviewed_at)
    ]


def _without_copies_of(
    held_out_texts: Iterable[str], candidates: Sequence[tuple[Review, list[RatedPrediction]]], aside: Counter[str]
) -> list[tuple[Review, list[RatedPrediction]]]:
    """Return the texts that are no near-copies of held-out reviews, in the order of ids; count the others."""
    copied = near_copies([review.text for review, _ in candidates], held_out_texts)
    aside[NEAR_HELD_OUT] += sum(len(group) for (_, group), near in zip(candidates, copied, strict=True) if near)
    left = [one for one, near in zip(candidates, copied, strict=True) if not near]
    return sorted(left, key=lambda one: one[0].review_id)


def _is_held_out(text: str, starred: Mapping[int, StarredReview], hold_out: HoldOut) -> bool:
    """Return whether a text is held out, or what follows its first line is."""
    return any(
        hold_out.holds_out_fingerprint(part) or ((known := starred.get(key_of(part))) is not None and known.held_out)
        for part in _fingerprints(text)
    )


def _labelled(
    texts: Iterable[tuple[Review, list[RatedPrediction]]], by_voters: Mapping[str, FeedbackLabel], aside: Counter[str]
) -> Iterator[LabelledReview]:
    """Yield the texts that have a label, from reviewers or from voters; count the feedback that is left over."""
    for review, group in texts:
        label = _of_reviewers(group) or by_voters.get(review.review_id)
        if label is None:
            aside[NOT_TRUSTED] += len(group)
        else:
            aside[SAME_TEXT] += len(group) - 1
            yield LabelledReview(review, label, max(one.rated_at for one in group))


def _without_near_copies(labelled: Sequence[LabelledReview], aside: Counter[str]) -> list[LabelledReview]:
    """Return the reviews without near-copies of others with the same label, of which the one of most weight stays."""
    order = sorted(labelled, key=lambda one: (-one.feedback.weight, one.review.review_id))
    first = first_of_near_copies([one.review.text for one in order], [one.feedback.label for one in order])
    kept = [one for one, is_first in zip(order, first, strict=True) if is_first]
    aside[NEAR_COPY] += len(labelled) - len(kept)
    return sorted(kept, key=lambda one: one.review.review_id)


def _why_aside(review: Review, teaching: Sequence[RatedPrediction], since: datetime) -> str | None:
    """Return why feedback cannot label a text, unless it is held out; None if it can."""
    if fingerprint(review.text) == _BLANK_TEXT:
        return BLANK
    if review.time is None or review.time < since:
        return TOO_OLD
    by_reviewers = bool(teaching) and teaching[0].reviewer
    return DISPUTED if by_reviewers and _agreed(teaching) is None else None


def _agreed(reviewers: Iterable[RatedPrediction]) -> Label | None:
    """Return the label that all reviewers gave a text; None if they disagree."""
    labels = {one.label for one in reviewers}
    return labels.pop() if len(labels) == 1 else None


def _of_reviewers(group: Sequence[RatedPrediction]) -> FeedbackLabel | None:
    """Return the label of a text that reviewers agree on; None if none labelled it."""
    if not group[0].reviewer:
        return None
    return FeedbackLabel(group[0].label, 1.0, frozenset(Rater(one.client or "", one.rater) for one in group))


def _votes(review_id: str, group: Iterable[RatedPrediction], known: Label | None = None) -> Iterator[Vote]:
    """Yield a group's votes. On a text with a known label, one that was ever wrong stays wrong.

    Else a lie could be taken back as soon as reviewers are seen to look at it.
    """
    for one in group:
        label = one.label
        if known is not None and one.changed:
            label = "negative" if known == "positive" else "positive"
        yield Vote(one.rater, review_id, one.prediction_id, label, one.probability, one.client)


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
