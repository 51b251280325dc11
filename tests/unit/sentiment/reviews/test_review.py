"""Labels, ids and the held-out part depend only on the content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.reviews.held_out import was_held_out
from sentiment.reviews.review import Review, review_id_of
from sentiment.reviews.stars import label_of_stars

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))


@pytest.mark.parametrize(
    ("stars", "label"),
    [(1, "negative"), (2, "negative"), (2.5, None), (3, None), (3.9, None), (4, "positive"), (5, "positive")],
)
def test_stars_give_the_label(stars: float, label: str | None) -> None:
    assert label_of_stars(stars) == label


@given(product=st.none() | ANY_TEXT, title=ANY_TEXT, text=ANY_TEXT)
def test_an_id_is_32_hexadecimal_digits_and_repeats(product: str | None, title: str, text: str) -> None:
    first = review_id_of(product_id=product, title=title, text=text)
    assert first == review_id_of(product_id=product, title=title, text=text)
    assert len(first) == 32
    assert int(first, 16) >= 0


def test_the_id_depends_on_every_part_of_the_content() -> None:
    ids = {
        review_id_of(product_id=product, title=title, text=text)
        for product in ("B1", "B2")
        for title in ("", "t")
        for text in ("a", "b")
    }
    assert len(ids) == 8


def test_ids_do_not_change_between_versions() -> None:
    review_id = review_id_of(product_id="B1", title="Good", text="It works.")
    assert review_id == "e87f146dbf889860471a0c65887f271f"
    assert was_held_out(review_id) is False
    assert was_held_out("0" * 31 + "5") is True


@pytest.mark.parametrize(("title", "full_text"), [("Great", "Great\nIt works."), ("", "It works.")])
def test_the_full_text_has_the_title_above_the_text(title: str, full_text: str) -> None:
    assert Review("id", None, title, "It works.", None, None, None, "made up").full_text == full_text
