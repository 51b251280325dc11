"""Plans visits: the reviews to send, and who sends which and gives what feedback, all decided by a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

from sentiment.reviews.held_out import PUBLIC, was_held_out
from sentiment.reviews.reading import read_reviews
from sentiment.reviews.review import Label, Review
from sentiment.reviews.sample import is_fresh, load_sample
from sentiment.schemas.api import MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from sentiment.reviews.reading import Columns


@dataclass(frozen=True, slots=True)
class SentReview:
    """A review as a visitor sends it.

    Attributes:
        text: Title above text, as the model reads it.
        label: The true label.
        review: The review as in its source.
    """

    text: str
    label: Label
    review: Review


def built_in() -> tuple[list[SentReview], list[SentReview]]:
    """A tenth of the sample, which a loop on the sample has, and the reviews that it does not have."""
    reviews = load_sample()
    return (
        _sendable(review for review in reviews if was_held_out(review.review_id)),
        _sendable(review for review in reviews if is_fresh(review)),
    )


def of_files(paths: Iterable[Path], columns: Columns | None = None) -> tuple[list[SentReview], list[SentReview]]:
    """A tenth of the reviews of files, and the others, without rows that are unreadable or have no label.

    Visitors don't know what the loop holds out: the tenth is that of the public key.

    Args:
        paths: The files.
        columns: The columns of tables that somebody named.

    Raises:
        OSError: A file cannot be opened.
        UnknownFormatError: Nothing in a file can be read as reviews.
        UncertainColumnsError: Columns of a file could hold this or that.
        RefutedError: A file means something else than its first rows told.
    """
    reviews = [found for path in paths for found in read_reviews(path, columns) if isinstance(found, Review)]
    return (
        _sendable(review for review in reviews if PUBLIC.holds_out(review.text)),
        _sendable(review for review in reviews if not PUBLIC.holds_out(review.text)),
    )


def _sendable(reviews: Iterable[Review]) -> list[SentReview]:
    """Each text once, with its title as a model reads it, without those that are too long for the API."""
    found: dict[str, SentReview] = {}
    for review in reviews:
        text = review.full_text.strip()
        if review.label and 0 < len(text) <= MAX_TEXT:
            found.setdefault(text, SentReview(text, review.label, review))
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Visit:
    """One review and the feedback on its prediction.

    Attributes:
        sent: The review.
        rater: Who gives the feedback.
        honest: Whether the verdict is true.
        new: Whether the loop does not have the review yet.
    """

    sent: SentReview
    rater: str
    honest: bool
    new: bool


@dataclass(frozen=True, slots=True)
class Crowd:
    """The people who give feedback.

    Attributes:
        raters: How many there are; they take turns.
        malicious: Share of raters whose verdicts are always false.
        wrong: Share of verdicts that are false by mistake.
        raters_per_review: How many of them rate each new review; they share the ballot of their API key, unless it
            vouches for them.
    """

    raters: int
    malicious: float = 0.0
    wrong: float = 0.0
    raters_per_review: int = 1

    def rater(self, number: int, chance: random.Random) -> tuple[str, bool]:
        """The rater of the visit with that number, and whether the verdict is true. Names are stable across runs."""
        rater = number % self.raters
        mistaken = chance.random() < self.wrong
        liar = rater < round(self.malicious * self.raters)
        return f"visitor-{rater:05d}", not (mistaken or liar)


def visits(
    known: Sequence[SentReview], fresh: Sequence[SentReview], *, new: float, crowd: Crowd, seed: int
) -> Iterator[Visit]:
    """Yield visits without end. No review is repeated before all were sent; a new one goes to each of its raters.

    Args:
        known: Reviews that a loop on the sample has.
        fresh: Reviews that it does not have.
        new: Share of visits with one of `fresh`; without a review of one kind, the other is sent.
        crowd: Who gives feedback.
        seed: Decides every choice.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret; the same seed repeats a run
    both = {True: _shuffled(fresh, chance, times=crowd.raters_per_review), False: _shuffled(known, chance, times=1)}
    number = 0
    while True:
        is_new = chance.random() < new
        if not (fresh if is_new else known):
            is_new = not is_new
        rater, honest = crowd.rater(number, chance)
        yield Visit(next(both[is_new]), rater, honest, is_new)
        number += 1


def _shuffled(reviews: Sequence[SentReview], chance: random.Random, *, times: int) -> Iterator[SentReview]:
    order = list(reviews)
    while order:
        chance.shuffle(order)
        for review in order:
            yield from repeat(review, times)
