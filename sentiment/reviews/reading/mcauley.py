"""Amazon sets of McAuley's group, 2014 and 2018: JSON lines, or lines of Python dictionaries."""

from __future__ import annotations

import ast
import re
import warnings
from typing import TYPE_CHECKING, Any

from sentiment.reviews.reading import fields
from sentiment.reviews.reading.format import Format
from sentiment.reviews.reading.rejected import RowError
from sentiment.reviews.reading.rows import has_json_keys, json_object, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sentiment.reviews.reading.lines import Line
    from sentiment.reviews.reading.rejected import Rejected
    from sentiment.reviews.review import Review

REVIEW_TIME = re.compile(r"(?P<month>\d{1,2}) (?P<day>\d{1,2}), (?P<year>\d{4})")
"""Such as `09 4, 2015`."""


def _read(lines: Iterator[Line], source: str) -> Iterator[Review | Rejected]:
    def review_of(data: bytes) -> Review:
        row = _record(data)
        return fields.review(
            source=source,
            product_id=fields.product_of(row.get("asin")),
            title=fields.text_of(row.get("summary"), "the summary"),
            text=fields.text_of(row.get("reviewText"), "the text"),
            stars=fields.stars_of(row.get("overall")),
            time=fields.time_of(row.get("unixReviewTime")) or fields.day_of(row.get("reviewTime"), REVIEW_TIME),
        )

    return read_rows(lines, review_of)


def _record(data: bytes) -> dict[str, Any]:
    """Return the row of a line; the oldest files are not JSON but Python, as `{'overall': 5.0}`."""
    if not data.startswith((b"{'", b'{u"', b"{u'")):
        return json_object(data)
    text = fields.utf8(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about an author's backslash, as in "\m/"
            value = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
        raise RowError("the row is neither JSON nor a Python dictionary") from error
    if not isinstance(value, dict):
        raise RowError("the row is neither JSON nor a Python dictionary")
    return value


def _recognises(lines: list[bytes]) -> bool:
    if has_json_keys(lines, "overall", "asin"):
        return True
    for data in lines:
        try:
            return _record(data).keys() >= {"overall", "asin"}
        except RowError:
            continue
    return False


MCAULEY = Format(
    name="mcauley",
    looks_like='McAuley 2014/2018, JSON lines: {"overall": 5.0, "reviewText": ..., "asin": ...}',
    recognises=_recognises,
    read=_read,
)
