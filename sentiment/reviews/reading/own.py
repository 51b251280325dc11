"""The project's own JSON lines, as `convert` writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.reviews.reading.format import Format
from sentiment.reviews.reading.rejected import RowError
from sentiment.reviews.reading.rows import has_json_keys, json_object, read_rows
from sentiment.reviews.record import FIELDS, from_record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sentiment.reviews.reading.lines import Line
    from sentiment.reviews.reading.rejected import Rejected
    from sentiment.reviews.review import Review


def _read(lines: Iterator[Line], source: str) -> Iterator[Review | Rejected]:  # noqa: ARG001 - rows carry theirs
    return read_rows(lines, _review_of)


def _review_of(data: bytes) -> Review:
    record = json_object(data)
    try:
        return from_record(record)
    except ValueError as error:
        raise RowError(str(error)) from error


OWN = Format(
    name="sentiment_loop",
    looks_like="what `python -m sentiment convert` writes",
    recognises=lambda lines: has_json_keys(lines, *FIELDS),
    read=_read,
)
