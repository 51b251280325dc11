"""The words that moved most between two models, with the training texts that have them: for the report."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sentiment.model import features

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sentiment.evaluation.training_text import TrainingText
    from sentiment.evaluation.trust import Rater
    from sentiment.model.artifact import Artifact

WORDS_COUNTED = 2_000
"""N-grams that are counted: those whose weight changed most."""

MOST_WORDS = 15


@dataclass(frozen=True, slots=True)
class MovedWord:
    """An n-gram whose weight changed, and the training texts that have it.

    Attributes:
        ngram: The n-gram, as the model has it.
        before: Its weight in production, in log-odds of positive; 0 if production does not know it.
        after: Its weight in the candidate; 0 likewise.
        reviews: Training texts that have it.
        raters: Raters who stand behind the labels of those; 0 if all have stars.
        clients: Their clients.
    """

    ngram: str
    before: float
    after: float
    reviews: int
    raters: int
    clients: int

    @property
    def change(self) -> float:
        """After minus before."""
        return self.after - self.before


class MovedWords:
    """Counts the training texts that have the n-grams whose weight changed most.

    Args:
        candidate: The candidate.
        production: The model in production.
        changes: By how much the weight of each n-gram changed.
    """

    def __init__(self, candidate: Artifact, production: Artifact, changes: Mapping[str, float]) -> None:
        self._models = production, candidate
        self._lexicon = candidate.lexicon
        self._largest = set(sorted(changes, key=lambda ngram: (-abs(changes[ngram]), ngram))[:WORDS_COUNTED])
        self._counts: defaultdict[str, _Count] = defaultdict(_Count)

    def add(self, one: TrainingText, tokens: list[str]) -> None:
        """Count a text."""
        reading = features.read(tokens, self._lexicon)
        for ngram in self._largest.intersection(features.distinct_ngrams(reading)):
            count = self._counts[ngram]
            count.reviews += 1
            count.raters |= one.raters

    def found(self) -> tuple[MovedWord, ...]:
        """Return the n-grams that moved most towards either label, from most negative to most positive."""
        moved = [self._moved(ngram, count) for ngram, count in self._counts.items()]
        ranked = sorted(moved, key=lambda move: (move.change * math.sqrt(move.reviews), move.ngram))
        down = [move for move in ranked[:MOST_WORDS] if move.change < 0]
        up = [move for move in ranked[-MOST_WORDS:] if move.change > 0]
        return (*down, *up)

    def _moved(self, ngram: str, count: _Count) -> MovedWord:
        before, after = (model.ngrams.get(ngram, 0.0) for model in self._models)
        clients = {rater.client for rater in count.raters}
        return MovedWord(ngram, before, after, count.reviews, len(count.raters), len(clients))


@dataclass(slots=True)
class _Count:
    reviews: int = 0
    raters: set[Rater] = field(default_factory=set)
