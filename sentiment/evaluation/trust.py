"""Labels from feedback: trust per rater, a cap per rater, one label per review, a cap on all feedback together.

A label's weight is the trust in its raters, times how much more probable than its opposite it is, given their votes
and the model's prediction (Dawid and Skene 1979; a classifier as one more rater: Raykar et al. 2010).

Why these rules, what they cost an attacker and what remains: docs/decisions/0023-feedback-by-trust.md.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sentiment.reviews.review import Label

COIN = 0.5
"""Agreement of a rater who guesses; trust starts above it."""

MOST_CERTAIN = 0.98
"""Cap on a model's certainty, so that two fully trusted raters overrule any model."""

FEEDBACK_SHARE = 0.1
"""Default of the largest share of a window's weight that feedback may have.

It limits the harm of raters who are right wherever that can be checked and lie elsewhere: trust cannot see those.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustSettings:
    """How feedback is weighted.

    Attributes:
        expected_agreement: How often an honest rater agrees with the stars, below 1; a rater who does is fully trusted.
        doubt: How many guesses every rater starts with, which right votes must outweigh.
        labels_a_rater: How many reviews one rater may label in a window; votes on known reviews do not count.
    """

    expected_agreement: float = 0.9
    doubt: float = 5.0
    labels_a_rater: int = 10

    def __post_init__(self) -> None:
        if not COIN < self.expected_agreement < 1.0:
            raise ValueError(f"expected_agreement must be above {COIN} and below 1")
        if not 0.0 < self.doubt < math.inf:
            raise ValueError("doubt must be above 0, and finite")
        if self.labels_a_rater < 0:
            raise ValueError("labels_a_rater must be at least 0")


class Vote(NamedTuple):
    """One rater's feedback on one prediction.

    Attributes:
        rater: Keyed hash of the rater, which the rater cannot know; None if there is no rater.
        review_id: Id of the predicted review.
        prediction_id: Id of the prediction.
        label: The label that follows from the verdict.
        probability: The predicted probability of positive.
    """

    rater: str | None
    review_id: str
    prediction_id: str
    label: Label
    probability: float


class FeedbackLabel(NamedTuple):
    """A review's label from feedback, and its weight beside a label from stars: above 0, at most 1."""

    label: Label
    weight: float


def feedback_labels(
    votes: Iterable[Vote], known: Mapping[str, Label | None], settings: TrustSettings | None = None
) -> dict[str, FeedbackLabel]:
    """Return the label and weight of each review that trusted raters agree on, by review id.

    Votes on known reviews decide how far a rater is trusted and never become labels. The order of votes and repeated
    votes make no difference.

    Args:
        votes: The last one on each prediction.
        known: Label of each review that has stars, held-out ones too; None for three stars.
        settings: How feedback is weighted.
    """
    settings = settings or TrustSettings()
    votes = set(votes)
    trust = rater_trust(votes, known, settings)
    trusted = [vote for vote in votes if trust.get(vote.rater or "", 0.0) > 0 and vote.review_id not in known]
    cast: defaultdict[str, list[Vote]] = defaultdict(list)
    for vote in cap_raters(_consistent(trusted), settings.labels_a_rater):
        cast[vote.review_id].append(vote)
    labels = {review_id: aggregate(cast[review_id], trust, settings) for review_id in sorted(cast)}
    return {review_id: label for review_id, label in labels.items() if label is not None}


def rater_trust(
    votes: Iterable[Vote], known: Mapping[str, Label | None], settings: TrustSettings | None = None
) -> dict[str, float]:
    """Return the weight of each rater who voted on a review whose label is known: from 0 to 1.

    A rater who is missing has no weight: a new name costs nothing, so it must be worth nothing. Agreement is counted
    separately for positive and negative reviews, each with half of the doubt as guesses, and their mean decides
    (Youden's index): someone who always answers `positive` is right most of the time and tells nothing. A review
    counts once per rater, however often it was predicted; a rater who gives it both labels was wrong.
    """
    settings = settings or TrustSettings()
    right: defaultdict[tuple[str, str], dict[str, bool]] = defaultdict(dict)
    for vote in votes:
        truth = known.get(vote.review_id)
        if truth is not None and vote.rater is not None:
            items = right[vote.rater, truth]
            items[vote.review_id] = items.get(vote.review_id, True) and vote.label == truth
    weights = {}
    for rater in sorted({rater for rater, _ in right}):
        shares = [_share_right(right[rater, label], settings.doubt / 2) for label in ("positive", "negative")]
        above = (sum(shares) / len(shares) - COIN) / (settings.expected_agreement - COIN)
        weights[rater] = min(1.0, max(0.0, above))
    return weights


def _share_right(items: Mapping[str, bool], doubt: float) -> float:
    return (sum(items.values()) + doubt * COIN) / (len(items) + doubt)


def cap_raters(votes: Iterable[Vote], labels_a_rater: int) -> list[Vote]:
    """Return at most `labels_a_rater` votes of each rater, and none without a rater; in the order of rater and draw.

    A hash of the prediction's id, keyed by the rater's hash, draws the votes to keep. The earliest or latest could be
    arranged by the voter; and since nobody knows a rater's keyed hash, nobody who votes under another's name can choose
    predictions that push that rater's own votes out.
    """
    theirs: defaultdict[str, list[tuple[bytes, Vote]]] = defaultdict(list)
    for vote in votes:
        if vote.rater is not None:
            theirs[vote.rater].append((_draw(vote.rater, vote.prediction_id), vote))
    return [vote for rater in sorted(theirs) for _, vote in sorted(theirs[rater])[:labels_a_rater]]


def _draw(rater: str, prediction_id: str) -> bytes:
    key = hashlib.blake2b(rater.encode(), person=b"rater").digest()
    return hashlib.blake2b(prediction_id.encode(), digest_size=16, key=key).digest()


def aggregate(
    votes: Sequence[Vote], trust: Mapping[str, float], settings: TrustSettings | None = None
) -> FeedbackLabel | None:
    """Return the label with more trust behind it; None if there is no such label or the model makes it improbable.

    Its weight is that trust, at most 1, times how much more probable than its opposite the label is.

    Args:
        votes: Votes on one review, one per rater.
        trust: Trust in each rater, from 0 to 1.
        settings: How feedback is weighted.
    """
    settings = settings or TrustSettings()
    behind = [(1 if vote.label == "positive" else -1, trust.get(vote.rater or "", 0.0)) for vote in votes]
    # fsum is exact: a tie does not depend on the order of the votes.
    margin = math.fsum(sign * weight for sign, weight in behind)
    if margin == 0:
        return None
    voted = math.fsum(sign * _log_odds(COIN + weight * (settings.expected_agreement - COIN)) for sign, weight in behind)
    predicted = math.fsum(vote.probability for vote in votes) / len(votes)
    model = _log_odds(min(max(predicted, 1 - MOST_CERTAIN), MOST_CERTAIN))
    direction = math.copysign(1.0, margin)
    more_probable = math.tanh(direction * (voted + model) / 2)  # the label's probability minus its opposite's
    weight = min(1.0, abs(margin)) * more_probable
    return FeedbackLabel("positive" if margin > 0 else "negative", weight) if weight > 0 else None


def _log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))


def capped_share(weights: Sequence[float], is_feedback: Sequence[bool], share: float) -> list[float]:
    """Return the weights, with those of feedback scaled down by one factor if they exceed a share of the total.

    Args:
        weights: Weights of the window's reviews, at least 0.
        is_feedback: Whether each review's label comes from feedback.
        share: Largest share of the total after scaling, from 0 to 1. If all labels come from feedback, a share below 1
            leaves nothing.

    Raises:
        ValueError: Lengths differ, a weight is negative or not a number, or the share is outside 0 to 1.
    """
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"a share must be between 0 and 1, not {share!r}")
    if len(weights) != len(is_feedback):
        raise ValueError(f"{len(weights)} weights for {len(is_feedback)} reviews")
    if not all(0.0 <= weight < math.inf for weight in weights):
        raise ValueError("a weight is negative, infinite or not a number")
    feedback = math.fsum(weight for weight, given in zip(weights, is_feedback, strict=True) if given)
    other = math.fsum(weight for weight, given in zip(weights, is_feedback, strict=True) if not given)
    if feedback <= share * (feedback + other):
        return list(weights)
    factor = share * other / ((1.0 - share) * feedback)
    return [weight * factor if given else weight for weight, given in zip(weights, is_feedback, strict=True)]


def _consistent(votes: Iterable[Vote]) -> list[Vote]:
    """Return one vote of each rater on each review, and none of a rater who gives it both labels."""
    cast: defaultdict[tuple[str | None, str], list[Vote]] = defaultdict(list)
    for vote in votes:
        cast[vote.rater, vote.review_id].append(vote)
    return [min(theirs) for theirs in cast.values() if len({vote.label for vote in theirs}) == 1]
