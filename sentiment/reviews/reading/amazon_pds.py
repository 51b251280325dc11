"""The retired amazon-reviews-pds set: tab-separated with a header; quotes have no meaning."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sentiment.reviews.reading import fields
from sentiment.reviews.reading.format import Format
from sentiment.reviews.reading.rejected import RowError
from sentiment.reviews.reading.rows import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sentiment.reviews.reading.lines import Line
    from sentiment.reviews.reading.rejected import Rejected
    from sentiment.reviews.review import Review

COLUMNS = (
    b"marketplace\tcustomer_id\treview_id\tproduct_id\tproduct_parent\tproduct_title\tproduct_category\tstar_rating\t"
    b"helpful_votes\ttotal_votes\tvine\tverified_purchase\treview_headline\treview_body\treview_date"
).split(b"\t")
PRODUCT, STARS, HEADLINE, BODY, DATE = (
    COLUMNS.index(name) for name in (b"product_id", b"star_rating", b"review_headline", b"review_body", b"review_date")
)
DAY = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})")


def _read(lines: Iterator[Line], source: str) -> Iterator[Review | Rejected]:
    def review_of(data: bytes) -> Review:
        row = fields.utf8(data).split("\t")
        if len(row) != len(COLUMNS):
            raise RowError(f"the row does not have {len(COLUMNS)} columns")
        return fields.review(
            source=source,
            product_id=fields.product_of(row[PRODUCT]),
            title=fields.text_of(row[HEADLINE], "the headline"),
            text=fields.text_of(row[BODY], "the text"),
            stars=fields.stars_of(row[STARS]),
            time=fields.day_of(row[DATE], DAY),
        )

    next(lines)  # the header
    return read_rows(lines, review_of)


AMAZON_PDS = Format(
    name="amazon_pds",
    looks_like="amazon-reviews-pds, tab-separated with the header marketplace, customer_id, review_id, ...",
    recognises=lambda lines: bool(lines) and lines[0].split(b"\t") == COLUMNS,
    read=_read,
)
