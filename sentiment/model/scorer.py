"""Predictions in plain Python: the probability that a review is positive, and the words that decided."""

from __future__ import annotations

from itertools import repeat
from math import exp
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

from sentiment.model import features
from sentiment.model.explanation import Word, deciding_words, word_weights
from sentiment.model.tokenizer import token_spans, tokenize
from sentiment.reviews.product import PRODUCT_VALUES, ProductStats, product_values

if TYPE_CHECKING:
    from sentiment.model.artifact import Artifact
    from sentiment.reviews.review import Label


class Prediction(NamedTuple):
    """A prediction.

    Attributes:
        label: The predicted label.
        probability: Of positive, 0 to 1.
        words: The words that decided, strongest first.
        unknown: Share of the text's distinct n-grams that the model has no weight for, 0 to 1; 0 without any n-gram.
    """

    label: Label
    probability: float
    words: list[Word]
    unknown: float


class Scorer:
    """Predicts texts with one artifact; thread-safe."""

    def __init__(self, artifact: Artifact) -> None:
        self._ngrams = artifact.ngrams
        self._lexicon = artifact.lexicon
        self._intercept = artifact.intercept
        self._values = [artifact.values[name] for name in features.VALUES]
        self._product = [artifact.product[name] for name in PRODUCT_VALUES]

    def probability(self, text: str, product: ProductStats | None = None) -> float:
        """Return the calibrated probability that the text is positive; faster than `predict`, without the words."""
        reading = features.read(tokenize(text), self._lexicon)
        return _sigmoid(self._log_odds(reading, features.distinct_ngrams(reading), product))

    def predict(self, text: str, product: ProductStats | None = None) -> Prediction:
        """Return label, probability and the words that decided, as spans of the text.

        Takes any string, in time proportional to its length; a text without a known word gets the probability of such
        training reviews, and no words. A product's statistics move the probability within limits
        (`sentiment.reviews.product`), and never the words.

        Raises:
            ValueError: The product's statistics are out of range.
        """
        spans = list(token_spans(text))
        reading = features.read([token for token, _, _ in spans], self._lexicon)
        distinct = features.distinct_ngrams(reading)
        log_odds = self._log_odds(reading, distinct, product)
        return Prediction(
            label="positive" if log_odds > 0 else "negative",
            probability=_sigmoid(log_odds),
            words=deciding_words(text, spans, reading, self._ngrams, self._values),
            unknown=1.0 - sum(map(self._ngrams.__contains__, distinct)) / len(distinct) if distinct else 0.0,
        )

    def explain(self, text: str) -> tuple[float, dict[str, float]]:
        """Return the log-odds of a text without its product, and what each of its words adds to them."""
        reading = features.read(tokenize(text), self._lexicon)
        log_odds = self._log_odds(reading, features.distinct_ngrams(reading), None)
        return log_odds, word_weights(reading, self._ngrams, self._values)

    def _log_odds(self, reading: features.Reading, distinct: set[str], product: ProductStats | None) -> float:
        ngrams: float = sum(map(self._ngrams.get, distinct, repeat(0.0)))
        values: float = sum(map(mul, self._values, features.values(features.sums(reading), reading)))
        log_odds = ngrams * features.norm(len(distinct)) + values + self._intercept
        return log_odds + sum(map(mul, self._product, product_values(product))) if product is not None else log_odds


def _sigmoid(log_odds: float) -> float:
    if log_odds < 0:  # `exp` of a large number overflows
        odds = exp(max(log_odds, -700.0))
        return odds / (1.0 + odds)
    return 1.0 / (1.0 + exp(-log_odds))
