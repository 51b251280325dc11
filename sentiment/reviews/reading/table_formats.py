"""Formats with columns: CSV by Zhang, Zhao and LeCun and of Kaggle, and the tab-separated amazon-reviews-pds."""

from __future__ import annotations

import csv
import re
from functools import partial
from typing import TYPE_CHECKING, Final

from sentiment.reviews.reading import fields
from sentiment.reviews.reading.csv_records import read_records
from sentiment.reviews.reading.rows import Format, Rejected, RowError, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sentiment.reviews.reading.streams import Line
    from sentiment.reviews.review import Label, Review

CLASSES: Final[dict[str, Label]] = {"1": "negative", "2": "positive"}
STARS = frozenset("12345")
CLASS_COLUMNS = 3

KAGGLE_COLUMNS = {"ProductId", "Score", "Time", "Summary", "Text"}

PDS_COLUMNS = (
    b"marketplace\tcustomer_id\treview_id\tproduct_id\tproduct_parent\tproduct_title\tproduct_category\tstar_rating\t"
    b"helpful_votes\ttotal_votes\tvine\tverified_purchase\treview_headline\treview_body\treview_date"
).split(b"\t")
PRODUCT, PDS_STARS, HEADLINE, BODY, DATE = map(
    PDS_COLUMNS.index, (b"product_id", b"star_rating", b"review_headline", b"review_body", b"review_date")
)
DAY = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})")


def _columns(line: bytes) -> list[str]:
    """Return the columns of a line of CSV; none if it is not one."""
    try:
        return next(csv.reader([line.decode("utf-8")], strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        return []


def _polarity(row: list[str], source: str) -> Review:
    """Return a review of the set with two classes (1 negative, 2 positive) and no stars."""
    given, title, text = _class_title_text(row)
    if given not in CLASSES:
        raise RowError("the class is neither 1 nor 2")
    return fields.review(source=source, product_id=None, title=title, text=text, stars=None, label=CLASSES[given])


def _full(row: list[str], source: str) -> Review:
    given, title, text = _class_title_text(row)
    return fields.review(source=source, product_id=None, title=title, text=text, stars=fields.stars_of(given))


def _class_title_text(row: list[str]) -> tuple[str, str, str]:
    if len(row) != CLASS_COLUMNS:
        raise RowError("the row does not have the three columns class, title and text")
    title, text = (fields.as_written(value.replace("\\n", "\n")) for value in row[1:])  # published as two characters
    return row[0], title, text


def _classes(lines: list[bytes]) -> set[str]:
    """Return the classes on the lines that are rows of such a set; empty if most lines are not."""
    rows = map(_columns, lines)
    classes = [row[0] for row in rows if len(row) == CLASS_COLUMNS and row[0] in STARS]
    return set(classes) if 2 * len(classes) > len(lines) else set()


# Both are from Zhang, Zhao and LeCun, NIPS 2015.
POLARITY = Format(
    name="amazon_polarity",
    looks_like='Amazon polarity, CSV without a header: "2","title","text" (1 negative, 2 positive)',
    recognises=lambda lines: bool(_classes(lines)) and _classes(lines) <= CLASSES.keys(),
    read=partial(read_records, _polarity),
)
FULL = Format(
    name="amazon_full",
    looks_like='Amazon full, CSV without a header: "5","title","text" (the class is the stars)',
    recognises=lambda lines: bool(_classes(lines) - CLASSES.keys()),
    read=partial(read_records, _full),
)


def _read_kaggle(lines: Iterator[Line], source: str) -> Iterator[Review | Rejected]:
    """Yield the Amazon Fine Food Reviews of McAuley and Leskovec, WWW 2013."""
    header = _columns(next(lines).data)
    column = {name: header.index(name) for name in KAGGLE_COLUMNS}

    def review_of(row: list[str], source: str) -> Review:
        if len(row) != len(header):
            raise RowError("the row does not have as many columns as the header")
        return fields.review(
            source=source,
            product_id=fields.product_of(row[column["ProductId"]]),
            title=fields.text_of(row[column["Summary"]], "the summary"),
            text=fields.text_of(row[column["Text"]], "the text"),
            stars=fields.stars_of(row[column["Score"]]),
            time=fields.time_of(row[column["Time"]]),
        )

    return read_records(review_of, lines, source)


KAGGLE = Format(
    name="kaggle",
    looks_like="Kaggle's Reviews.csv, with the header Id,ProductId,UserId,...,Score,Time,Summary,Text",
    recognises=lambda lines: bool(lines) and set(_columns(lines[0])) >= KAGGLE_COLUMNS,
    read=_read_kaggle,
)


def _read_pds(lines: Iterator[Line], source: str) -> Iterator[Review | Rejected]:
    next(lines)  # the header
    return read_rows(_pds, lines, source)


def _pds(data: bytes, source: str) -> Review:
    row = fields.utf8(data).split("\t")  # quotes have no meaning
    if len(row) != len(PDS_COLUMNS):
        raise RowError(f"the row does not have {len(PDS_COLUMNS)} columns")
    return fields.review(
        source=source,
        product_id=fields.product_of(row[PRODUCT]),
        title=fields.text_of(row[HEADLINE], "the headline"),
        text=fields.text_of(row[BODY], "the text"),
        stars=fields.stars_of(row[PDS_STARS]),
        time=fields.day_of(row[DATE], DAY),
    )


AMAZON_PDS = Format(
    name="amazon_pds",
    looks_like="amazon-reviews-pds, tab-separated with the header marketplace, customer_id, review_id, ...",
    recognises=lambda lines: bool(lines) and lines[0].split(b"\t") == PDS_COLUMNS,
    read=_read_pds,
)
