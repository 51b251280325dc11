"""Scoring in plain Python: the probability that a review is positive, and the words that decided it."""

from __future__ import annotations

from itertools import repeat
from math import exp
from typing import TYPE_CHECKING, Literal, NamedTuple

from sentiment import features
from sentiment.tokenizer import token_spans, tokenize

if TYPE_CHECKING:
    from sentiment.artifact import Artifact

MAX_WORDS = 10


class Word(NamedTuple):
    """A span of the original text (`text == review[start:end]`) and its weight in log-odds of positive."""

    text: str
    weight: float
    start: int
    end: int


class Prediction(NamedTuple):
    """A label, the probability of positive, and the words that decided, strongest first."""

    label: Literal["positive", "negative"]
    probability: float
    words: list[Word]


class Scorer:
    """Scores texts with one artifact; safe to share between threads."""

    def __init__(self, artifact: Artifact) -> None:
        self._weight_of = artifact.ngrams.get
        self._ngrams = artifact.ngrams
        self._lexicon = artifact.lexicon
        self._intercept = artifact.intercept
        self._value_weights = [artifact.values[name] for name in features.VALUES]

    def probability(self, text: str) -> float:
        """Return the calibrated probability that the text is positive: 0 to 1."""
        return _sigmoid(self._log_odds(features.read(tokenize(text), self._lexicon)))

    def predict(self, text: str) -> Prediction:
        """Return label, probability and the words that decided, as spans of the text."""
        spans = list(token_spans(text))
        reading = features.read([token for token, _, _ in spans], self._lexicon)
        log_odds = self._log_odds(reading)
        return Prediction(
            label="positive" if log_odds > 0 else "negative",
            probability=_sigmoid(log_odds),
            words=self._words(text, spans, reading),
        )

    def _log_odds(self, reading: features.Reading) -> float:
        distinct = {*reading.words, *reading.pairs}
        ngrams = sum(map(self._weight_of, distinct, repeat(0.0))) * features.norm(len(distinct))
        values = sum(map(float.__mul__, self._value_weights, features.values(reading)))
        return ngrams + values + self._intercept

    def _words(self, text: str, spans: list[tuple[str, int, int]], reading: features.Reading) -> list[Word]:
        distinct = {*reading.words, *reading.pairs}
        norm = features.norm(len(distinct))
        weights = [self._ngrams.get(word, 0.0) * norm for word in reading.words]
        words = [
            Word(text[start:end], weight, start, end)
            for (_, start, end), weight in zip(spans, weights, strict=True)
            if weight
        ]
        return sorted(words, key=lambda word: -abs(word.weight))[:MAX_WORDS]


def _sigmoid(log_odds: float) -> float:
    if log_odds < 0:  # exp of a large number would overflow
        odds = exp(log_odds)
        return odds / (1.0 + odds)
    return 1.0 / (1.0 + exp(-log_odds))
