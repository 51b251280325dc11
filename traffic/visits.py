"""Who sends what and judges how: all of it decided by a seed before the first request."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sentiment.reviews.review import Label, Review


@dataclass(frozen=True, slots=True)
class Sent:
    """A review as a visitor sends it.

    Attributes:
        text: Title above text, as the model reads it.
        label: What it really is.
        review: As its source has it.
    """

    text: str
    label: Label
    review: Review


@dataclass(frozen=True, slots=True)
class Visit:
    """One review and its judgement.

    Attributes:
        sent: The review.
        rater: Who judges.
        honest: Whether the judgement is true.
        new: Whether the loop does not have the review yet.
    """

    sent: Sent
    rater: str
    honest: bool
    new: bool


@dataclass(frozen=True, slots=True)
class Crowd:
    """The people who judge.

    Attributes:
        raters: How many, judging by turns.
        malicious: Share of them who always say the contrary.
        wrong: Share of judgements that are false by mistake.
        judges: How many of them judge each new review: one alone overrules no model, and two or three do.
    """

    raters: int
    malicious: float = 0.0
    wrong: float = 0.0
    judges: int = 1

    def judge(self, number: int, chance: random.Random) -> tuple[str, bool]:
        """Who judges the review of that number, and whether truly. The same names are the same people every time."""
        rater = number % self.raters
        mistaken = chance.random() < self.wrong
        liar = rater < round(self.malicious * self.raters)
        return f"visitor-{rater:05d}", not (mistaken or liar)


def visits(known: Sequence[Sent], fresh: Sequence[Sent], *, new: float, crowd: Crowd, seed: int) -> Iterator[Visit]:
    """Yield visits without end; every review is sent before any is sent again, a new one to each of its judges.

    Args:
        known: Reviews that the loop holds out.
        fresh: Reviews that it does not have.
        new: Share of visits with one of `fresh`; where there is no review of a kind, the other is sent.
        crowd: Who judges.
        seed: Decides all of it.
    """
    chance = random.Random(seed)  # noqa: S311 - a demonstration's, to be repeated
    both = {True: _shuffled(fresh, chance, times=crowd.judges), False: _shuffled(known, chance, times=1)}
    number = 0
    while True:
        is_new = chance.random() < new
        if not (fresh if is_new else known):
            is_new = not is_new
        rater, honest = crowd.judge(number, chance)
        yield Visit(next(both[is_new]), rater, honest, is_new)
        number += 1


def _shuffled(reviews: Sequence[Sent], chance: random.Random, *, times: int) -> Iterator[Sent]:
    order = list(reviews)
    while order:
        chance.shuffle(order)
        for review in order:
            yield from repeat(review, times)
