"""A review as HTML: the words that decided are marked, by colour, by underline and by a signed weight."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from frontend.predicted import Span

STRONG = 2.0
"""A weight in log-odds from which on a word has its full colour: alone, it makes a label 88 % sure."""
FAINTEST, FULL = 12, 45
"""Opacity of a colour behind text, in percent: the text stays readable on the fullest one, in light and in dark."""

STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


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


def _marked(span: str, weight: float) -> str:
    side = "positive" if weight > 0 else "negative"
    strength = FAINTEST + (FULL - FAINTEST) * min(1.0, abs(weight) / STRONG)
    sign = f"{weight:+.1f}".replace("-", "\N{MINUS SIGN}")
    return (
        f"<mark class='{side}' style='--strength: {strength:.0f}'>{escape(span)}"
        f"<small aria-label='{sign}, towards {side}'>{sign}</small></mark>"
    )
