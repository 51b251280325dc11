"""What the model sees in a text: its n-grams and sixteen values of two opinion lexicons. Standard library only.

The n-grams are words, pairs of words, and words marked as negated (`~good` in "not a good one"; Das and Chen 2001).
The lexicon values turn an opinion word around where a negator stands before it, and strengthen or weaken it
where an intensifier does (after Hutto and Gilbert, VADER, ICWSM 2014).
"""

from __future__ import annotations

from math import log1p, sqrt
from operator import add
from typing import NamedTuple

Lexicon = dict[str, tuple[float, int]]
"""Of a token: VADER's valence (-4 to +4) and Hu and Liu's polarity (-1, 0 or +1)."""

NEGATION_SCOPE = 5
"""How many tokens after a negator it turns around, unless a clause ends before."""

_NEGATORS = frozenset(
    "not no never none nothing nobody nowhere neither nor cannot without hardly barely scarcely rarely seldom lacks "
    "lack lacking n't 't nt dont doesnt didnt isnt wasnt werent arent cant couldnt wouldnt shouldnt wont aint "
    "havent hasnt hadnt".split()
)
_CLAUSE_ENDS = frozenset(". , ! ? ; : but however although though".split())
_STRENGTH = {
    **dict.fromkeys(
        "very really extremely absolutely so totally completely incredibly highly super too".split(), 1.25
    ),
    **dict.fromkeys("slightly somewhat little kinda fairly almost barely".split(), 0.7),
}

VALUES = (
    "vader_positive", "vader_negative", "hu_liu_positive", "hu_liu_negative",
    "vader_balance", "hu_liu_balance",
    "vader_positive_density", "vader_negative_density", "hu_liu_positive_density", "hu_liu_negative_density",
    "vader_balance_end", "hu_liu_balance_end",
    "exclamations", "questions", "negators", "no_opinion_words",
)  # fmt: skip


class Reading(NamedTuple):
    """A text as the model reads it.

    Attributes:
        words: One n-gram a token, at its place: the token, marked where it is negated.
        pairs: One n-gram for every two neighbouring tokens.
        opinions: Place, VADER valence and Hu-Liu polarity of every opinion word, after negation and intensifiers.
        negators: Places of the negators.
    """

    words: list[str]
    pairs: list[str]
    opinions: list[tuple[int, float, float]]
    negators: list[int]


def is_negator(token: str) -> bool:
    """Tell whether a token turns around what follows it."""
    return token in _NEGATORS or token.endswith("n't")


def read(tokens: list[str], lexicon: Lexicon) -> Reading:
    """Return what the model sees in the tokens of one text."""
    words = tokens.copy()
    negators = [i for i, token in enumerate(tokens) if token in _NEGATORS or token[-3:] == "n't"]
    for place in negators:
        for i in range(place + 1, min(place + 1 + NEGATION_SCOPE, len(tokens))):
            if tokens[i] in _CLAUSE_ENDS:
                break
            words[i] = "~" + tokens[i]
    opinions = []
    for i, token in enumerate(tokens):
        if token in lexicon:
            vader, hu_liu = lexicon[token]
            factor = _STRENGTH.get(tokens[i - 1], 1.0) if i else 1.0
            if words[i] is not token:
                factor *= -0.74
            opinions.append((i, vader * factor, hu_liu * factor))
    pairs = list(map(add, [token + " " for token in tokens], tokens[1:]))
    return Reading(words, pairs, opinions, negators)


def values(reading: Reading) -> list[float]:
    """Return the lexicon values of a text, in the order of `VALUES`."""
    words, _, opinions, negators = reading
    vp = vn = hp = hn = vpe = vne = hpe = hne = 0.0
    end = len(words) * 0.7
    for place, vader, hu_liu in opinions:
        if vader > 0:
            vp += vader
            if place >= end:
                vpe += vader
        else:
            vn -= vader
            if place >= end:
                vne -= vader
        if hu_liu > 0:
            hp += hu_liu
            if place >= end:
                hpe += hu_liu
        else:
            hn -= hu_liu
            if place >= end:
                hne -= hu_liu
    root = sqrt(len(words) + 2)
    return [
        log1p(vp), log1p(vn), log1p(hp), log1p(hn),
        (vp - vn) / (vp + vn + 1), (hp - hn) / (hp + hn + 1),
        vp / root, vn / root, hp / root, hn / root,
        (vpe - vne) / (vpe + vne + 1), (hpe - hne) / (hpe + hne + 1),
        log1p(words.count("!")), log1p(words.count("?")), log1p(len(negators)), 0.0 if opinions else 1.0,
    ]  # fmt: skip


def norm(distinct: int) -> float:
    """Return what each n-gram of a text with this many distinct ones counts."""
    return 1.0 / sqrt(distinct + 2)
