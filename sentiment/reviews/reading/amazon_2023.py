"""Amazon Reviews 2023 (Hou et al., arXiv 2403.03952): JSON lines, with either spelling of their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.reviews.reading import fields
from sentiment.reviews.reading.format import Format
from sentiment.reviews.reading.rows import has_json_keys, json_object, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sentiment.reviews.reading.lines import Line
    from sentiment.reviews.reading.rejected import Rejected
    from sentiment.reviews.review import Review

TIMES = ("timestamp", "sort_timestamp", "sortTimestamp")
PRODUCTS = ("parent_asin", "parentAsin", "asin")
"""The parent comes first: it is the product; `asin` is one of its colours or sizes."""

MILLISECONDS = 1000


def _read(lines: Iterator[Line], source: str) -> Iterator[Review | Rejected]:
    def review_of(data: bytes) -> Review:
        row = json_object(data)
        return fields.review(
            source=source,
            product_id=fields.product_of(_first(row, PRODUCTS)),
            title=fields.text_of(row.get("title"), "the title"),
            text=fields.text_of(row.get("text"), "the text"),
            stars=fields.stars_of(row.get("rating")),
            time=fields.time_of(_first(row, TIMES), units_per_second=MILLISECONDS),
        )

    return read_rows(lines, review_of)


def _first(row: dict[str, object], names: tuple[str, ...]) -> object:
    return next((row[name] for name in names if row.get(name) is not None), None)


AMAZON_2023 = Format(
    name="amazon_2023",
    looks_like='Amazon Reviews 2023, JSON lines: {"rating": 5.0, "title": ..., "text": ..., ...}',
    recognises=lambda lines: has_json_keys(lines, "rating", "text"),
    read=_read,
)
