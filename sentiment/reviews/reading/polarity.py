"""Zhang, Zhao and LeCun's Amazon sets (NIPS 2015): CSV without a header, of class, title and text.

The polarity set has two classes (1 negative, 2 positive) and no stars. The full set's class is the stars.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

from sentiment.reviews.reading import fields
from sentiment.reviews.reading.csv_records import read_records
from sentiment.reviews.reading.format import Format
from sentiment.reviews.reading.rejected import RowError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sentiment.reviews.reading.lines import Line
    from sentiment.reviews.reading.rejected import Rejected
    from sentiment.reviews.review import Label, Review

CLASSES: Final[dict[str, Label]] = {"1": "negative", "2": "positive"}
STARS = frozenset("12345")
COLUMNS = 3


def _written(value: str) -> str:
    return fields.as_written(value.replace("\\n", "\n"))  # these two characters are a line end


def _row(row: list[str]) -> tuple[str, str, str]:
    if len(row) != COLUMNS:
        raise RowError("the row does not have the three columns class, title and text")
    return row[0], _written(row[1]), _written(row[2])


def _read_polarity(lines: Iterator[Line], source: str) -> Iterator[Review | Rejected]:
    def review_of(row: list[str]) -> Review:
        given, title, text = _row(row)
        if given not in CLASSES:
            raise RowError("the class is neither 1 nor 2")
        return fields.review(source=source, product_id=None, title=title, text=text, stars=None, label=CLASSES[given])

    return read_records(lines, review_of)


def _read_full(lines: Iterator[Line], source: str) -> Iterator[Review | Rejected]:
    def review_of(row: list[str]) -> Review:
        given, title, text = _row(row)
        stars = fields.stars_of(given)
        return fields.review(source=source, product_id=None, title=title, text=text, stars=stars)

    return read_records(lines, review_of)


def _classes(lines: list[bytes]) -> set[str]:
    """Return the classes on the lines that are rows of such a set; empty if most lines are not."""
    classes = []
    for data in lines:
        try:
            row = next(csv.reader([data.decode("utf-8")], strict=True), [])
        except (UnicodeDecodeError, csv.Error):
            continue
        if len(row) == COLUMNS and row[0] in STARS:
            classes.append(row[0])
    return set(classes) if 2 * len(classes) > len(lines) else set()


POLARITY = Format(
    name="amazon_polarity",
    looks_like='Amazon polarity, CSV without a header: "2","title","text" (1 negative, 2 positive)',
    recognises=lambda lines: bool(_classes(lines)) and _classes(lines) <= CLASSES.keys(),
    read=_read_polarity,
)
FULL = Format(
    name="amazon_full",
    looks_like='Amazon full, CSV without a header: "5","title","text" (the class is the stars)',
    recognises=lambda lines: bool(_classes(lines) - CLASSES.keys()),
    read=_read_full,
)
