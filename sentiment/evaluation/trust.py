"""Labels from feedback: trust per voter, a cap per voter, one label per review, a cap on all feedback together.

A voter is a client, whatever names it sends along, or one rater of a client that vouches for its raters. A label's
weight is the trust in its voters, times how much more probable than its opposite it is, given their ballots and the
model's prediction (Dawid and Skene 1979; a classifier as one more voter: Raykar et al. 2010).

Why these rules, what they cost an attacker and what remains: docs/decisions/0023-feedback-by-trust.md.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sentiment.reviews.review import Label

COIN = 0.5
"""Agreement of a voter who guesses; trust starts above it."""

MOST_CERTAIN = 0.98
"""Cap on a model's certainty, so that two fully trusted voters overrule any model."""

FEEDBACK_SHARE = 0.1
"""Default of the largest share of a window's weight that feedback may have.

It limits the harm of raters who are right wherever that can be checked and lie elsewhere: trust cannot see those.
"""

CLIENT_LABELS = 2000
"""Default of how many reviews one client may label in a window."""


LABEL_SHARE = 0.5
"""Largest share of what a client may teach that may have the same label.

Most reviews are praise, and a flood of it, however true, shifts what the model expects of any text.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustSettings:
    """How feedback is weighted.

    Attributes:
        expected_agreement: How often an honest voter agrees with the truth, below 1; one who does is fully trusted.
        doubt: How many ballots every voter starts with, which checked ones must outweigh: guesses of a rater, whose
            name costs nothing; as right as expected of a client, since it is the operator who hands out API keys.
        labels_a_rater: How many reviews one rater may label in a window; ballots on known reviews do not count.
        labels_a_client: The same for a client that does not vouch for its raters.
        vouching: Clients that vouch for their raters, for example by a login: each of those is a voter.
    """

    expected_agreement: float = 0.9
    doubt: float = 5.0
    labels_a_rater: int = 10
    labels_a_client: int = CLIENT_LABELS
    vouching: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not COIN < self.expected_agreement < 1.0:
            raise ValueError(f"expected_agreement must be above {COIN} and below 1")
        if not 0.0 < self.doubt < math.inf:
            raise ValueError("doubt must be above 0, and finite")
        if min(self.labels_a_rater, self.labels_a_client) < 0:
            raise ValueError("labels_a_rater and labels_a_client must be at least 0")


class Vote(NamedTuple):
    """One rater's feedback on one prediction.

    Attributes:
        rater: Keyed hash of the rater, which the rater cannot know; None if there is no rater.
        review_id: Id of the predicted review.
        prediction_id: Id of the prediction.
        label: The label that follows from the verdict.
        probability: The predicted probability of positive.
        client: Keyed hash of the API key that the vote came with; None if it was not recorded.
    """

    rater: str | None
    review_id: str
    prediction_id: str
    label: Label
    probability: float
    client: str | None = None


class Voter(NamedTuple):
    """Who shares one trust and one cap: a client, or (with `rater`) one rater of a client that vouches for them."""

    client: str
    rater: str | None


class Rater(NamedTuple):
    """The person who gave feedback: the client, and the keyed hash that the client's name for them has, if any."""

    client: str
    name: str | None


class Ballot(NamedTuple):
    """What one voter says of one review.

    Attributes:
        voter: Whose it is.
        review_id: Id of the review.
        label: What most of the voter's votes say; None on a tie.
        probability: Mean predicted probability of positive.
        raters: The raters who agree with the label.
    """

    voter: Voter
    review_id: str
    label: Label | None
    probability: float
    raters: frozenset[Rater] = frozenset()


class FeedbackLabel(NamedTuple):
    """A review's label from feedback.

    Attributes:
        label: The label.
        weight: Its weight beside a label from stars: above 0, at most 1.
        raters: The raters who stand behind it.
    """

    label: Label
    weight: float
    raters: frozenset[Rater] = frozenset()


def feedback_labels(
    votes: Iterable[Vote], known: Mapping[str, Label | None], settings: TrustSettings | None = None
) -> dict[str, FeedbackLabel]:
    """Return the label and weight of each review that trusted voters agree on, by review id.

    Votes on known reviews decide how far a voter is trusted and never become labels. The order of votes and repeated
    votes make no difference.

    Args:
        votes: The last one on each prediction.
        known: Label of each review whose label nobody outside can look up; None if its label is not settled.
        settings: How feedback is weighted.
    """
    settings = settings or TrustSettings()
    cast = ballots_of(votes, settings)
    trust = voter_trust(cast, known, settings)
    unknown = [one for one in cast if one.label and one.review_id not in known and trust.get(one.voter, 0.0) > 0]
    on: defaultdict[str, list[Ballot]] = defaultdict(list)
    for one in cap_voters(unknown, settings):
        on[one.review_id].append(one)
    labels = {review_id: aggregate(on[review_id], trust, settings) for review_id in sorted(on)}
    return {review_id: label for review_id, label in labels.items() if label is not None}


def ballots_of(votes: Iterable[Vote], settings: TrustSettings) -> list[Ballot]:
    """Return one ballot of each voter on each review; none for a nameless rater of a client that vouches."""
    cast: defaultdict[tuple[Voter, str], list[Vote]] = defaultdict(list)
    for vote in set(votes):
        client = vote.client or ""
        if client not in settings.vouching:
            cast[Voter(client, None), vote.review_id].append(vote)
        elif vote.rater is not None:
            cast[Voter(client, vote.rater), vote.review_id].append(vote)
    return [_ballot(voter, review_id, cast[voter, review_id]) for voter, review_id in sorted(cast, key=_order)]


def _order(key: tuple[Voter, str]) -> tuple[str, str, str]:
    voter, review_id = key
    return voter.client, voter.rater or "", review_id


def _ballot(voter: Voter, review_id: str, votes: Sequence[Vote]) -> Ballot:
    positive = sum(vote.label == "positive" for vote in votes)
    label: Label | None = None
    if 2 * positive != len(votes):
        label = "positive" if 2 * positive > len(votes) else "negative"
    return Ballot(
        voter,
        review_id,
        label,
        math.fsum(vote.probability for vote in votes) / len(votes),
        frozenset(Rater(voter.client, vote.rater) for vote in votes if vote.label == label),
    )


def voter_trust(
    ballots: Iterable[Ballot], known: Mapping[str, Label | None], settings: TrustSettings
) -> dict[Voter, float]:
    """Return the weight of each voter: from 0 to 1.

    A rater starts with no weight: a new name costs nothing, so it must be worth nothing. A client starts with all of
    it, since its cap bounds what it may teach, and loses it as secret labels prove it wrong. Agreement is counted
    separately for positive and negative reviews, each with half of the doubt, and their mean decides (Youden's index):
    someone who always answers `positive` is right most of the time and tells nothing. A review counts once per voter; a
    voter who is undecided on it was wrong.
    """
    right: dict[Voter, dict[Label, list[bool]]] = {}
    for one in ballots:
        checked = right.setdefault(one.voter, {"positive": [], "negative": []})
        truth = known.get(one.review_id)
        if truth is not None:
            checked[truth].append(one.label == truth)
    return {voter: _trust(voter, checked, settings) for voter, checked in right.items()}


def _trust(voter: Voter, checked: Mapping[Label, Sequence[bool]], settings: TrustSettings) -> float:
    start = COIN if voter.rater is not None else settings.expected_agreement
    doubt = settings.doubt / 2
    shares = [(sum(right) + doubt * start) / (len(right) + doubt) for right in checked.values()]
    above = (sum(shares) / len(shares) - COIN) / (settings.expected_agreement - COIN)
    return min(1.0, max(0.0, above))


def cap_voters(ballots: Iterable[Ballot], settings: TrustSettings) -> list[Ballot]:
    """Return the ballots within each voter's cap, in the order of voters and draw.

    A hash of the review's id, keyed by the voter's hash, draws the ballots to keep. The earliest or latest could be
    arranged by the voter; and since nobody knows a voter's keyed hash, nobody who votes under another's name can choose
    reviews that push that voter's own ballots out. Of a client, at most `LABEL_SHARE` have the same label.
    """
    theirs: defaultdict[Voter, list[tuple[bytes, Ballot]]] = defaultdict(list)
    for one in ballots:
        theirs[one.voter].append((_draw(one.voter, one.review_id), one))
    kept: list[Ballot] = []
    for voter in sorted(theirs, key=lambda one: (one.client, one.rater or "")):
        drawn = [one for _, one in sorted(theirs[voter], key=lambda pair: pair[0])]
        if voter.rater is not None:
            kept += drawn[: settings.labels_a_rater]
        else:
            kept += _of_client(drawn, settings.labels_a_client)
    return kept


def _of_client(drawn: Sequence[Ballot], most: int) -> Iterator[Ballot]:
    """Yield the first ballots of a client, as many as it may teach, of either label at most `LABEL_SHARE` of those."""
    left = {"positive": math.ceil(LABEL_SHARE * most), "negative": math.ceil(LABEL_SHARE * most)}
    for one in drawn:
        if most and one.label and left[one.label]:
            most -= 1
            left[one.label] -= 1
            yield one


def _draw(voter: Voter, review_id: str) -> bytes:
    key = hashlib.blake2b(f"{voter.client} {voter.rater}".encode(), person=b"voter").digest()
    return hashlib.blake2b(review_id.encode(), digest_size=16, key=key).digest()


def aggregate(ballots: Sequence[Ballot], trust: Mapping[Voter, float], settings: TrustSettings) -> FeedbackLabel | None:
    """Return the label with more trust behind it; None if there is no such label or the model makes it improbable.

    Its weight is that trust, at most 1, times how much more probable than its opposite the label is.

    Args:
        ballots: Ballots on one review, one per voter.
        trust: Trust in each voter, from 0 to 1.
        settings: How feedback is weighted.
    """
    behind = [(1 if one.label == "positive" else -1, trust.get(one.voter, 0.0)) for one in ballots]
    # fsum is exact: a tie does not depend on the order of the ballots.
    margin = math.fsum(sign * weight for sign, weight in behind)
    if margin == 0:
        return None
    voted = math.fsum(sign * _log_odds(COIN + weight * (settings.expected_agreement - COIN)) for sign, weight in behind)
    predicted = math.fsum(one.probability for one in ballots) / len(ballots)
    model = _log_odds(min(max(predicted, 1 - MOST_CERTAIN), MOST_CERTAIN))
    direction = math.copysign(1.0, margin)
    more_probable = math.tanh(direction * (voted + model) / 2)  # the label's probability minus its opposite's
    weight = min(1.0, abs(margin)) * more_probable
    if weight <= 0:
        return None
    label: Label = "positive" if margin > 0 else "negative"
    return FeedbackLabel(label, weight, frozenset().union(*(one.raters for one in ballots if one.label == label)))


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
