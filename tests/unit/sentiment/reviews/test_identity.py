"""The same text is the same text however it is spelled, and another text is another one."""

from __future__ import annotations

import html
import random
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.reviews.identity import fingerprint, normalised
from sentiment.reviews.sample import load_sample

TEXT = "Great value - it works, don't hesitate! :)"

SPELLINGS = {
    "case": TEXT.upper(),
    "a full stop after it": f"{TEXT} .",
    "other punctuation": "Great value; it works... dont hesitate :)",
    "a nose": TEXT.replace(":)", ":-)"),
    "white space": "\n Great   value\t- it\u00a0works,\u3000don't\r\nhesitate! :)  ",
    "letters with spaces between": "G r e a t value - it w o r k s, don't hesitate! :)",
    "HTML": "<p>Great <b>value</b> &ndash; it works,<br/>don&#39;t hesitate! :)</p>",
    "HTML that was escaped": html.escape("<p>Great value</p> - it works, don't hesitate! :)"),
    "entities of entities": html.escape(html.escape(html.escape("Great value & it works, don't hesitate! :)"))),
    "typographic marks": "\u201cGreat value \u2014 it works, don\u2019t hesitate!\u201d :)",
    "full width": "\uff27\uff52\uff45\uff41\uff54 value - it works, don't hesitate! :)",
    "another font": "\U0001d406\U0001d42b\U0001d41e\U0001d41a\U0001d42d value - it works, don't hesitate! :)",
    "full-width HTML": "\uff1cb\uff1eGreat\uff1c/b\uff1e value - it works, don't hesitate! :)",
    "zero-width characters": "Gre\u200bat val\u200due - it wo\u2060rks,\ufeff don't hes\u00aditate! :)",
    "bidi controls": "\u202eGreat\u202c value - it \u2066works\u2069, don't hesitate! :)\u200f",
    "invisible letters": "Great\u3164 value\u2800 - it works\u115f, don't hesitate! :)",
    "tag characters": "Great value\U000e0041\U000e0042 - it works, don't hesitate! :)",
    "Cyrillic letters": "Gr\u0435\u0430t v\u0430lu\u0435 - it w\u043erks, don't h\u0435sit\u0430t\u0435! :)",
    "Greek capitals": "GR\u0395\u0391\u03a4 VALUE - \u0399\u03a4 W\u039fR\u039aS, DON'T \u0397ESITATE! :)",
    "accents": "Gr\u00e9at v\u00e4lue - it wo\u0308\u0323rks, don't hesitate! :)",
    "control characters": "Great\x00 value\x1b - it works\x85, don't hesitate! :)",
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_another_spelling_is_the_same_text(spelling: str) -> None:
    assert normalised(spelling) == "greatvalueitworksdonthesitate:)"
    assert fingerprint(spelling) == fingerprint(TEXT)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It broke :)", "It broke :("),
        ("It broke", "It broke :("),
        ("It broke ;)", "It broke :)"),
        ("I love it <3", "I love it"),
        ("\U0001f44d", "\U0001f44e"),
        ("Works \u2b50", "Works \u2639"),
        ("It is good", "It is not good"),
        ("Costs 5", "Costs 6"),
        ("\u0915\u093f", "\u0915\u0940"),  # Hindi: the vowel is a combining mark
        ("\u304b", "\u304c"),  # Japanese: so is the voicing of a decomposed letter
        ("!!!", "???"),
        ("", "."),
    ],
)
def test_another_text_has_another_fingerprint(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_every_text_has_a_fingerprint(text: str) -> None:
    found = fingerprint(text)
    assert len(found) == 32
    assert int(found, 16) >= 0
    assert found == fingerprint(f" {text}\n")


@given(st.text(st.characters(codec="ascii")))
def test_an_invisible_character_changes_nothing_in_any_ascii_text(text: str) -> None:
    assert normalised(f"{text}\u200b") == normalised(text)


@given(st.text(st.characters(codec="utf-8")))
def test_the_forms_of_unicode_make_no_difference(text: str) -> None:
    forms = {fingerprint(unicodedata.normalize(form, text)) for form in ("NFC", "NFD", "NFKC", "NFKD")}
    assert len(forms) == 1


def test_fingerprints_do_not_change_between_versions() -> None:
    assert fingerprint("It works. \u2764\ufe0f") == "366b795361729e65240556b4795dcd03"


def test_the_reviews_of_the_sample_are_different_texts() -> None:
    reviews = load_sample()
    assert len({fingerprint(review.text) for review in reviews}) == len(reviews)


@pytest.mark.parametrize(
    "text",
    ["&" + "amp;" * 300_000, "&lt;" * 200_000, "<a" * 400_000, "<" * 500_000 + ">", ":" * 500_000, "\u0430" * 400_000],
    ids=["nested entities", "entities", "open tags", "brackets", "eyes", "Cyrillic"],
)
def test_a_hostile_text_takes_time_in_proportion_to_its_length(text: str) -> None:
    start = time.process_time()
    fingerprint(text)
    assert time.process_time() - start < 5


def test_random_punctuation_and_case_never_make_another_review() -> None:
    chance = random.Random(5)
    for review in load_sample()[::100]:
        changed = "".join(
            (char.upper() if chance.random() < 0.3 else char) + (chance.choice('.,!?-*_~"') if char == " " else "")
            for char in review.text
        )
        if ":" not in review.text and "=" not in review.text and ";" not in review.text:
            assert fingerprint(changed) == fingerprint(review.text)
