"""A review as HTML: the words that decided are marked, by colour, by underline and by a signed weight."""

from __future__ import annotations

from html import escape
from math import log
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from frontend.certainty import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from frontend.predicted import Span

STRONG = 2.0
"""A weight in log-odds from which on a word has its full colour: alone, it makes a label 88 % sure."""
FAINTEST, FULL = 12, 45
"""Opacity of a colour behind text, in percent: the text stays readable on the fullest one, in light and in dark."""

NO_WORD = "The model knows no word of this review."
NUMBERS = "The numbers are log-odds, + towards positive."
SUM = "The marked words add {words}; {others} add {rest}: together {all}, which is {percent} positive."
OTHERS = "the rest of the text and the starting point"
OTHERS_WITH_PRODUCT = "the rest of the text, the product's other reviews and the starting point"

STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


class Mark(NamedTuple):
    """How a word is marked.

    Attributes:
        side: Which label the word speaks for.
        strength: Opacity of its colour, in percent.
        sign: Its weight, for the eye.
        spoken: Its weight, for screen readers.
    """

    side: Literal["positive", "negative"]
    strength: str
    sign: str
    spoken: str


def highlighted(text: str, words: Sequence[Span]) -> str:
    """Return a review as HTML. Whatever the text is, it is shown as text.

    Args:
        text: As it was sent to the API.
        words: The words that decided: spans in code points, which may touch but not overlap.
    """
    parts = ["<p class='review'>"]
    done = 0
    for word in sorted(words, key=lambda word: word.start):
        parts += [escape(text[done : word.start]), _marked(text[word.start : word.end], word.weight)]
        done = word.end
    return "".join([f"<style>{STYLE}</style>", *parts, escape(text[done:]), "</p>"])


def explained(probability: float, words: Sequence[Span], others: str = OTHERS) -> str:
    """Return what the numbers at the words are, and what makes up the rest of the log-odds.

    Args:
        probability: Of positive.
        words: The words that decided.
        others: What else has a part in the prediction.
    """
    if not words:
        return NO_WORD
    if not 0 < probability < 1:
        return NUMBERS  # it was rounded, and has no log-odds
    of_words = round(sum(word.weight for word in words), 1)
    of_all = round(log(probability / (1 - probability)), 1)  # both rounded, so that the three numbers add up
    parts = {
        "words": _signed(of_words),
        "others": others,
        "rest": _signed(of_all - of_words),
        "all": _signed(of_all),
        "percent": percent(probability),
    }
    return f"{NUMBERS} {SUM.format_map(parts)}"


def mark(weight: float) -> Mark:
    """Return how a word of a weight is marked."""
    side: Literal["positive", "negative"] = "positive" if weight > 0 else "negative"
    strength = FAINTEST + (FULL - FAINTEST) * min(1.0, abs(weight) / STRONG)
    return Mark(side, f"{strength:.0f}", _signed(weight), f"{_signed(weight)}, towards {side}")


def _marked(span: str, weight: float) -> str:
    side, strength, sign, spoken = mark(weight)
    return (
        f"<mark class='{side}' style='--strength: {strength}'>{escape(span)}"
        f"<small aria-label='{spoken}'>{sign}</small></mark>"
    )


def _signed(weight: float) -> str:
    return f"{weight:+z.1f}".replace("-", "\N{MINUS SIGN}")
