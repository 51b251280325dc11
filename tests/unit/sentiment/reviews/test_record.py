"""A review written as a line of JSON is read back the same; other lines are refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.reviews.record import from_record, to_line
from sentiment.reviews.review import Review, review_id_of
from sentiment.reviews.stars import label_of_stars

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
REVIEW = Review(
    review_id_of(product_id="B1", title="t", text="good"),
    "B1",
    "t",
    "good",
    5.0,
    "positive",
    datetime(2012, 1, 1, tzinfo=UTC),
    "somewhere/else",
)


@given(
    product_id=st.none() | ANY_TEXT.filter(str.strip),
    title=ANY_TEXT,
    text=ANY_TEXT.filter(str.strip),
    stars=st.none() | st.floats(min_value=1, max_value=5),
    time=st.none() | st.datetimes(timezones=st.just(UTC)),
)
def test_any_review_is_read_back_the_same(
    product_id: str | None, title: str, text: str, stars: float | None, time: datetime | None
) -> None:
    label = None if stars is None else label_of_stars(stars)
    review_id = review_id_of(product_id=product_id, title=title, text=text)
    review = Review(review_id, product_id, title, text, stars, label, time, "somewhere")
    line = to_line(review)
    assert line.isascii()
    assert "\n" not in line
    assert from_record(json.loads(line)) == review


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("text", "changed", "review_id does not match"),
        ("text", 1, "text is not text"),
        ("product_id", 1, "product_id is neither text nor null"),
        ("product_id", "", "product_id is empty; it must be null"),
        ("stars", 1.0, "label and stars contradict"),
        ("stars", 9.0, "stars is neither 1 to 5 nor null"),
        ("stars", "5", "stars is neither 1 to 5 nor null"),
        ("stars", True, "stars is neither 1 to 5 nor null"),
        ("label", "great", "label"),
        ("label", ["positive"], "label"),
        ("time", "yesterday", "time is neither ISO 8601"),
        ("time", "2012-01-01T00:00:00", "time is neither ISO 8601"),
        ("time", "0001-01-01T00:00:00+09:00", "time is neither ISO 8601"),
        ("text", " ", "text is empty"),
        ("time", 0, "time is neither ISO 8601"),
    ],
)
def test_a_changed_record_is_refused(field: str, value: object, message: str) -> None:
    record = json.loads(to_line(REVIEW)) | {field: value}
    with pytest.raises(ValueError, match=message):
        from_record(record)


def test_a_record_with_a_field_missing_is_refused() -> None:
    record = json.loads(to_line(REVIEW))
    del record["source"]
    with pytest.raises(ValueError, match="missing source"):
        from_record(record)
