"""Features of a text: its n-grams, and the values of three opinion lexicons. Standard library only.

N-grams are tokens, marked if a negator reaches them (`~good` in "not a good one"; Das and Chen 2001), pairs of them,
and each opinion word's neighbours with the word itself replaced by its direction (`very +`), which applies what was
learned from one opinion word to all. The lexicon values turn a negated opinion word around and weight it by the
intensifier before it (after Hutto and Gilbert, VADER, ICWSM 2014).
"""

from __future__ import annotations

from math import log1p, sqrt
from typing import NamedTuple

from sentiment.model.negation import CLAUSE_ENDS, INTENSIFIERS, NEGATED, NEGATION_SCOPE, NEGATORS

VERSION = 1
"""Version of tokens and features; an artifact is only served by the version that it was trained with."""

END = 0.7
"""Share of the tokens before the end of a text; the last 30 % often hold its conclusion."""

_LEXICONS = ("vader", "hu_liu", "shopping", "phrases")
VALUES = (
    *(f"{name}_{kind}" for name in _LEXICONS for kind in ("positive", "negative", "balance")),
    *(f"{name}_{kind}_density" for name in _LEXICONS for kind in ("positive", "negative")),
    "vader_balance_end",
    "hu_liu_balance_end",
    "exclamations",
    "questions",
    "negators",
    "no_opinion",
)
"""Names of the lexicon values, in order."""


class Lexicon(NamedTuple):
    """Opinion words.

    Attributes:
        words: VADER's valence of a token (-4 to +4), Hu and Liu's polarity (-1, 0, +1), our own valence (-4 to +4).
            Tokens that begin a phrase are included, with three zeros if they have no valence alone.
        phrases: Our own valence of two tokens in a row, by the first and the second.
    """

    words: dict[str, tuple[float, float, float]]
    phrases: dict[str, dict[str, float]]


Valences = tuple[float, float, float, float]
"""Valences of an opinion by VADER, Hu and Liu, our words, our phrases; after negation and intensifiers."""

Opinion = tuple[int, Valences]
"""Index of an opinion word (or the first of a phrase), and its valences.

A plain tuple for speed: every eighth word of a review is one.
"""


class Reading(NamedTuple):
    """A text as the model reads it.

    Attributes:
        tokens: The tokens, in order.
        words: One n-gram per token: the token, marked if it is negated.
        pairs: One n-gram per two neighbouring tokens.
        neighbours: N-grams of an opinion word's direction and a neighbour, each with the word's index.
        opinions: The opinion words and phrases.
        negators: Indices of the negators.
    """

    tokens: list[str]
    words: list[str]
    pairs: list[str]
    neighbours: list[tuple[str, int]]
    opinions: list[Opinion]
    negators: list[int]


def read(tokens: list[str], lexicon: Lexicon) -> Reading:
    """Return the tokens of one text as the model reads them."""
    words = tokens.copy()
    negators: list[int] = []
    if not NEGATORS.isdisjoint(tokens):
        negators = [i for i, token in enumerate(tokens) if token in NEGATORS]
    for place in negators:
        for i in range(place + 1, min(place + 1 + NEGATION_SCOPE, len(tokens))):
            if tokens[i] in CLAUSE_ENDS:
                break
            words[i] = "~" + tokens[i]
    # A map and a comprehension, not one loop over the tokens: most tokens are not opinion words, and serving spends
    # its time here.
    pairs = list(map(" ".join, zip(words, words[1:], strict=False)))  # noqa: RUF007 - pairwise takes twice the time
    known, starts = lexicon
    opinions: list[Opinion] = []
    neighbours: list[tuple[str, int]] = []
    last = len(tokens) - 1
    for i in [i for i, token in enumerate(tokens) if token in known]:
        token = tokens[i]
        vader, hu_liu, shopping = known[token]
        if vader or hu_liu or shopping:
            factor = INTENSIFIERS.get(tokens[i - 1], 1.0) if i else 1.0
            if words[i] is not token:
                factor *= NEGATED
            opinions.append((i, (vader * factor, hu_liu * factor, shopping * factor, 0.0)))
            if vader or hu_liu:
                direction = "+" if (vader + hu_liu) * factor > 0 else "-"
                neighbours.append(((tokens[i - 1] if i else "") + " " + direction, i))
                neighbours.append((direction + " " + (tokens[i + 1] if i < last else ""), i))
        if i < last and (seconds := starts.get(token)) and (phrase := seconds.get(tokens[i + 1])):
            opinions.append((i, (0.0, 0.0, 0.0, phrase)))
    return Reading(tokens, words, pairs, neighbours, opinions, negators)


def distinct_ngrams(reading: Reading) -> set[str]:
    """Return the distinct n-grams of a text: each counts once, however often it occurs."""
    return {*reading.words, *reading.pairs, *[ngram for ngram, _ in reading.neighbours]}


def norm(distinct: int) -> float:
    """Return the value of each n-gram in a text with this many distinct ones."""
    return 1.0 / sqrt(distinct + 2)


class Sums(NamedTuple):
    """Sums of a text's positive and negative opinions for each lexicon (all at least 0), also of those at its end."""

    positive: list[float]
    negative: list[float]
    end_positive: list[float]
    end_negative: list[float]


def sums(reading: Reading) -> Sums:
    """Return the sums of a text's opinions."""
    end = END * len(reading.tokens)
    opinions = reading.opinions
    return Sums(
        *_summed([valences for _, valences in opinions]),
        *_summed([valences for place, valences in opinions if place >= end]),
    )


def _summed(opinions: list[Valences]) -> tuple[list[float], list[float]]:
    # Written out: a loop over the four lexicons takes twice the time.
    praise_1 = praise_2 = praise_3 = praise_4 = 0.0
    blame_1 = blame_2 = blame_3 = blame_4 = 0.0
    for vader, hu_liu, shopping, phrase in opinions:
        if vader > 0:
            praise_1 += vader
        else:
            blame_1 -= vader
        if hu_liu > 0:
            praise_2 += hu_liu
        else:
            blame_2 -= hu_liu
        if shopping > 0:
            praise_3 += shopping
        else:
            blame_3 -= shopping
        if phrase > 0:
            praise_4 += phrase
        else:
            blame_4 -= phrase
    return [praise_1, praise_2, praise_3, praise_4], [blame_1, blame_2, blame_3, blame_4]


def add_opinion(total: Sums, valences: Valences, *, at_end: bool, times: float = 1.0) -> None:
    """Add an opinion to the sums of its text; `times=-1` removes it."""
    positive, negative, end_positive, end_negative = total
    for i, valence in enumerate(valences):
        if valence > 0:
            positive[i] += valence * times
            if at_end:
                end_positive[i] += valence * times
        elif valence:
            negative[i] -= valence * times
            if at_end:
                end_negative[i] -= valence * times


def values(total: Sums, reading: Reading) -> list[float]:
    """Return the lexicon values of a text, in the order of `VALUES`."""
    tokens = reading.tokens
    found = opinion_values(total, len(tokens))
    found += (log1p(tokens.count("!")), log1p(tokens.count("?")), log1p(len(reading.negators)))
    found.append(0.0 if reading.opinions else 1.0)
    return found


def opinion_values(total: Sums, tokens: int) -> list[float]:
    """Return the values that depend on opinions, the first ones of `VALUES`, for a text of this many tokens."""
    root = sqrt(tokens + 2)
    balances: list[float] = []
    densities: list[float] = []
    for positive, negative in zip(total.positive, total.negative, strict=True):
        balances += (log1p(positive), log1p(negative), (positive - negative) / (positive + negative + 1))
        densities += (positive / root, negative / root)
    balances += densities
    for i in (0, 1):
        positive, negative = total.end_positive[i], total.end_negative[i]
        balances.append((positive - negative) / (positive + negative + 1))
    return balances
