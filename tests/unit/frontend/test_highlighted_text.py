"""The deciding words of a review are marked, and whatever the review is, it is shown as text."""

from __future__ import annotations

import re

from frontend.highlighted_text import NUMBERS, OTHERS_WITH_PRODUCT, explained, highlighted
from sentiment.schemas.api import WordAnswer


def word(text: str, span: str, weight: float) -> WordAnswer:
    start = text.index(span)
    return WordAnswer(text=span, weight=weight, start=start, end=start + len(span))


def test_words_are_marked_where_they_stand_by_side_and_weight() -> None:
    text = "👍 works, but awful"
    html = highlighted(text, [word(text, "awful", -2.51), word(text, "works", 1.2)])

    marks = re.findall(r"<mark class='(\w+)' style='--strength: (\d+)'>(\w+)<small [^>]*>(.{4})</small></mark>", html)
    assert marks == [("positive", "32", "works", "+1.2"), ("negative", "45", "awful", "\N{MINUS SIGN}2.5")]
    assert re.sub(r"<style>.*</style>|<small.*?</small>|<[^>]+>", "", html, flags=re.DOTALL).strip() == text


def test_markup_in_a_review_stays_text() -> None:
    text = "<script>alert(1)</script> <img src=x onerror='great()'> & great"
    html = highlighted(text, [word(text, "great", 2.0), word(text, "<img", -1.0)])

    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "onerror=&#x27;" in html


def test_the_numbers_add_up_to_what_the_heading_says() -> None:
    text = "excellent, but the cover was awful"
    words = [word(text, "excellent", 3.46), word(text, "awful", -3.35)]

    assert explained(0.26, words) == (
        f"{NUMBERS} The marked words add +0.1; the rest of the text and the starting point add \N{MINUS SIGN}1.1: "
        "together \N{MINUS SIGN}1.0, which is 26 % positive."
    )
    assert "the product's other reviews" in explained(0.26, words, OTHERS_WITH_PRODUCT)
    assert "add +0.0: together" in explained(0.529, [word(text, "awful", 0.14)])
    assert explained(1.0, words) == NUMBERS
    assert explained(0.6, []) == "The model knows no word of this review."
