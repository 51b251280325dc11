"""What is held out follows from the text and from a secret."""

from __future__ import annotations

import pytest

from sentiment.keys import key_fingerprint
from sentiment.reviews.held_out import PUBLIC, HoldOut
from sentiment.reviews.identity import fingerprint

TEXTS = [fingerprint(f"text {number}") for number in range(20_000)]


@pytest.mark.parametrize("hold_out", [PUBLIC, HoldOut(b"secret")], ids=["public", "secret"])
def test_a_tenth_is_held_out(hold_out: HoldOut) -> None:
    assert 1_850 < sum(map(hold_out.holds_out_fingerprint, TEXTS)) < 2_150


def test_another_secret_holds_out_other_texts() -> None:
    mine, other = HoldOut(b"secret"), HoldOut(b"another")
    both = sum(mine.holds_out_fingerprint(text) and other.holds_out_fingerprint(text) for text in TEXTS)
    assert 120 < both < 280, "a hundredth: as of two independent draws"
    assert mine.key_fingerprint == key_fingerprint(b"secret") != other.key_fingerprint


def test_another_spelling_is_on_the_same_side() -> None:
    held_out = next(text for text in map(str, range(1000)) if PUBLIC.holds_out(f"Review {text}"))
    assert PUBLIC.holds_out(f"<b>REVIEW</b> {held_out} .")
