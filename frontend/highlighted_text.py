"""A review as HTML: the words that decided are marked, by colour, by underline and by a signed weight."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sentiment.schemas.api import WordAnswer

STRONG = 2.0
"""A weight in log-odds from which on a word has its full colour: alone, it makes a label 88 % sure."""
FAINTEST, FULL = 12, 45
"""Opacity of a colour behind text, in percent: the text stays readable on the fullest one, in light and in dark."""

STYLE = """
<style>
.review { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 2.1; margin: 0; }
.review mark { color: inherit; padding: 0.1em 0.15em; border-radius: 0.25em; }
.review mark.positive { --ink: 0 114 178; border-bottom: 0.15em solid rgb(var(--ink)); }
.review mark.negative { --ink: 213 94 0; border-bottom: 0.15em dashed rgb(var(--ink)); }
.review mark { background: rgb(var(--ink) / calc(var(--strength) * 1%)); }
.review small { font-size: 0.75em; margin-left: 0.25em; white-space: nowrap; }
</style>
"""
"""Okabe and Ito's blue and vermilion, which people with any kind of colour vision tell apart."""


def highlighted(text: str, words: Sequence[WordAnswer]) -> str:
    """Return a review as HTML. Whatever the text is, it is shown as text.

    Args:
        text: As it was sent to the API.
        words: The answer's words: spans in code points, which may touch but not overlap.
    """
    parts = ["<p class='review'>"]
    done = 0
    for word in sorted(words, key=lambda word: word.start):
        parts += [escape(text[done : word.start]), _marked(text[word.start : word.end], word.weight)]
        done = word.end
    return "".join([STYLE, *parts, escape(text[done:]), "</p>"])


def _marked(span: str, weight: float) -> str:
    side = "positive" if weight > 0 else "negative"
    strength = FAINTEST + (FULL - FAINTEST) * min(1.0, abs(weight) / STRONG)
    sign = f"{weight:+.1f}".replace("-", "\N{MINUS SIGN}")
    return (
        f"<mark class='{side}' style='--strength: {strength:.0f}'>{escape(span)}"
        f"<small aria-label='{sign}, towards {side}'>{sign}</small></mark>"
    )
