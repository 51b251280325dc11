"""The same reviews are read whatever the shape of their file, and no name of a reviewer with them."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentiment.reviews.reading import Rejected, detect, read_reviews
from sentiment.reviews.review import Review
from tests import needs
from tests.unit.sentiment.reviews.shapes import FEW, NAME, SHAPES, Given, Shape, expected, read

if TYPE_CHECKING:
    from pathlib import Path

NEEDS_EXCEL = pytest.mark.skipif(importlib.util.find_spec("python_calamine") is None, reason=needs.EXCEL)
WRITTEN_IN_CP1252 = frozenset((*map(chr, range(9, 127)), *"\xe9\xfc\xf1\xef"))
"""No two of the last four look like a character in UTF-8."""
EVERY_SHAPE = [pytest.param(name, marks=NEEDS_EXCEL if name == "excel" else ()) for name in SHAPES]


def as_shaped(given: Given, shape: Shape) -> Given:
    """The review without what the shape cannot write."""
    text, title = given.text, given.title
    if shape.encoding == "cp1252":
        text, title = ("".join(filter(WRITTEN_IN_CP1252.__contains__, text)) for text in (text, title))
    if shape.one_line:
        text, title = (" ".join(text.split()) for text in (text, title))
    return given._replace(text=text if text.strip() else "fine", title=title)


@pytest.mark.parametrize("name", EVERY_SHAPE)
def test_every_shape_gives_the_same_reviews(name: str, tmp_path: Path) -> None:
    shape = SHAPES[name]
    reviews = [as_shaped(given, shape) for given in FEW]
    path = tmp_path / "no-name-helps"
    path.write_bytes(shape.write(reviews))

    detect(path)
    found = list(read_reviews(path))
    assert [read(item) if isinstance(item, Review) else item for item in found] == [
        expected(given, shape) for given in reviews
    ]
    assert NAME not in repr(found)


BYTE_ORDER_MARK = "\ufeff"
"""Where a file begins with it, it is no part of the text."""
PLAIN = st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co", "Zl", "Zp"), exclude_characters=BYTE_ORDER_MARK)
CHARACTERS = PLAIN | st.sampled_from("\"',;\t|\n\\{}[]")
TEXTS = st.text(CHARACTERS, max_size=60).map(str.strip).filter(lambda text: text and "\\n" not in text)
GIVEN = st.builds(
    Given,
    text=TEXTS,
    stars=st.sampled_from((1, 2, 4, 5)),
    title=st.text(CHARACTERS, max_size=20).map(lambda text: " ".join(text.split())),
    product_id=st.from_regex(r"[A-Z][0-9A-Z]{9}", fullmatch=True),
    time=st.datetimes(datetime(1996, 1, 1), datetime(2099, 1, 1)).map(  # noqa: DTZ001 - made UTC here
        lambda time: time.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    ),
)


@pytest.mark.parametrize("name", EVERY_SHAPE)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=10)
@given(reviews=st.lists(GIVEN, max_size=6))
def test_random_reviews_come_back_from_every_shape(name: str, reviews: list[Given], tmp_path: Path) -> None:
    shape = SHAPES[name]
    shaped = [as_shaped(given, shape) for given in (*FEW, *reviews)]
    path = tmp_path / "file"
    path.write_bytes(shape.write(shaped))
    found = [read(item) if isinstance(item, Review) else item for item in read_reviews(path)]
    assert found == [expected(given, shape) for given in shaped]


def test_a_folder_with_pos_and_neg_is_read_in_a_fixed_order(tmp_path: Path) -> None:
    for name, text in (("pos/2.txt", "good"), ("pos/10.txt", "caf\xe9"), ("neg/1.txt", "bad"), ("unsup/1.txt", "?")):
        file = tmp_path / "imdb" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("cp1252"))
    assert detect(tmp_path / "imdb").format == "folder"
    found = [item for item in read_reviews(tmp_path / "imdb") if isinstance(item, Review)]
    assert [(item.text, item.label, item.source) for item in found] == [
        ("bad", "negative", "folder/imdb"),
        ("caf\xe9", "positive", "folder/imdb"),
        ("good", "positive", "folder/imdb"),
    ]


def test_a_text_of_another_type_is_rejected_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    rows = '{"text": "fine", "stars": 5}, {"text": 7, "stars": 5}, {"stars": 4}, oops}, {"text": "b", "stars": 1}'
    path.write_text(f"[{rows}]")
    found = list(read_reviews(path))
    assert [item.text for item in found if isinstance(item, Review)] == ["fine", "b"]
    assert [item.reason for item in found if isinstance(item, Rejected)] == [
        "the text is not text",
        "the text is empty",
        "the row is not JSON",
    ]
