"""Kaggle's Amazon Fine Food Reviews, `Reviews.csv`: CSV with a header (McAuley and Leskovec, WWW 2013)."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from sentiment.reviews.reading import fields
from sentiment.reviews.reading.csv_records import read_records
from sentiment.reviews.reading.format import Format
from sentiment.reviews.reading.rejected import RowError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sentiment.reviews.reading.lines import Line
    from sentiment.reviews.reading.rejected import Rejected
    from sentiment.reviews.review import Review

NEEDED = {"ProductId", "Score", "Time", "Summary", "Text"}


def _header(line: bytes) -> list[str]:
    try:
        return next(csv.reader([line.decode("utf-8")], strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        return []


def _read(lines: Iterator[Line], source: str) -> Iterator[Review | Rejected]:
    header = _header(next(lines).data)
    column = {name: header.index(name) for name in NEEDED}

    def review_of(row: list[str]) -> Review:
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

    return read_records(lines, review_of)


KAGGLE = Format(
    name="kaggle",
    looks_like="Kaggle's Reviews.csv, with the header Id,ProductId,UserId,...,Score,Time,Summary,Text",
    recognises=lambda lines: bool(lines) and set(_header(lines[0])) >= NEEDED,
    read=_read,
)
