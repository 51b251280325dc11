"""The words that decided a prediction: spans of the original text, each with its part in the log-odds."""

from __future__ import annotations

from collections import Counter
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

from sentiment.model import features
from sentiment.model.negation import NEGATION_SCOPE

if TYPE_CHECKING:
    from sentiment.model.features import Reading

MAX_WORDS = 10
MIN_WEIGHT = 0.05
"""Spans that move the log-odds by less are not shown: 0.05 is about one point of probability at 0.5."""

MIN_SHARE = 0.05
"""Spans below this share of the strongest one are not shown."""

_MAX_SPAN_TOKENS = NEGATION_SCOPE + 1

MAX_SPAN = 200
"""Most characters of a span of several tokens; a token between a negator and its opinion can be of any length."""
SILENT = frozenset(".,;:'")
"""Tokens that are no span of their own, and join no other."""


class Word(NamedTuple):
    """A span of the original text: `text == review[start:end]`; `weight` is in log-odds of positive."""

    text: str
    weight: float
    start: int
    end: int


def deciding_words(
    text: str, spans: list[tuple[str, int, int]], reading: Reading, ngrams: dict[str, float], values: list[float]
) -> list[Word]:
    """Return at most ten spans that moved the prediction, strongest first.

    A token's weight is that of its own n-grams, half of each pair that contains it, and what the lexicon values would
    lose without it. Tokens that belong together (a phrase, a strong pair, a negator and the opinion that it turns
    around) are one span with the sum of their weights.
    """
    weights, joins = _token_weights(reading, ngrams, values)
    words = []
    start = 0
    for end in range(1, len(spans) + 1):
        if (
            end < len(spans)
            and (end - 1) in joins
            and end - start < _MAX_SPAN_TOKENS
            and spans[end][2] - spans[start][1] <= MAX_SPAN
        ):
            continue
        weight = sum(weights[start:end])
        if abs(weight) >= MIN_WEIGHT and not (end - start == 1 and reading.tokens[start] in SILENT):
            first, last = spans[start][1], spans[end - 1][2]
            words.append(Word(text[first:last], weight, first, last))
        start = end
    words.sort(key=lambda word: (-abs(word.weight), word.start))
    return [word for word in words[:MAX_WORDS] if abs(word.weight) >= MIN_SHARE * abs(words[0].weight)]


def word_weights(reading: Reading, ngrams: dict[str, float], values: list[float]) -> dict[str, float]:
    """Return what each word adds to the log-odds, by word, `~` before one that is negated.

    A word's weight is the sum of its tokens' weights, as in `deciding_words`. Opinions also act together, so the sum of
    the weights is not the log-odds.
    """
    weights, _ = _token_weights(reading, ngrams, values)
    found: dict[str, float] = {}
    for word, weight in zip(reading.words, weights, strict=True):
        found[word] = found.get(word, 0.0) + weight
    return found


def _token_weights(reading: Reading, ngrams: dict[str, float], values: list[float]) -> tuple[list[float], set[int]]:
    """Return the weight of each token, and the indices of tokens that belong together with the next one."""
    norm = features.norm(len(features.distinct_ngrams(reading)))
    neighbours = [ngram for ngram, _ in reading.neighbours]
    counts = Counter([*reading.words, *reading.pairs, *neighbours])  # an n-gram counts once in a text
    weights = [ngrams.get(word, 0.0) * norm / counts[word] for word in reading.words]
    for ngram, place in reading.neighbours:
        weights[place] += ngrams.get(ngram, 0.0) * norm / counts[ngram]
    shares = [ngrams.get(pair, 0.0) * norm / counts[pair] for pair in reading.pairs]
    negators = set(reading.negators)
    joins = {
        place
        for place, share in enumerate(shares)
        if abs(share) > max(abs(weights[place]), abs(weights[place + 1]))
        and place + 1 not in negators
        and SILENT.isdisjoint(reading.tokens[place : place + 2])
    }
    for place, share in enumerate(shares):
        weights[place] += share / 2
        weights[place + 1] += share / 2
    _add_opinions(reading, values, weights, joins)
    return weights, joins


def _add_opinions(reading: Reading, values: list[float], weights: list[float], joins: set[int]) -> None:
    total = features.sums(reading)
    end = features.END * len(reading.tokens)
    with_all = sum(map(mul, values, features.opinion_values(total, len(reading.tokens))))
    moved_by: dict[tuple[tuple[float, float, float, float], bool], float] = {}  # a long text repeats few opinions
    for place, valences in reading.opinions:
        at_end = place >= end
        moved = moved_by.get((valences, at_end))
        if moved is None:
            features.add_opinion(total, valences, at_end=at_end, times=-1.0)
            moved = with_all - sum(map(mul, values, features.opinion_values(total, len(reading.tokens))))
            features.add_opinion(total, valences, at_end=at_end)
            moved_by[valences, at_end] = moved
        is_phrase = valences[-1] != 0
        if is_phrase:
            weights[place] += moved / 2
            weights[place + 1] += moved / 2
            joins.add(place)
        else:
            weights[place] += moved
    negators = set(reading.negators)
    for place, _ in reading.opinions:
        if reading.words[place] is not reading.tokens[place]:
            for distance in range(1, _MAX_SPAN_TOKENS):
                if place - distance in negators:
                    joins.update(range(place - distance, place))
                    break
