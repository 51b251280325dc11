"""Formats with a JSON object per line: the project's own, Amazon Reviews 2023, and the sets of McAuley's group."""

from __future__ import annotations

import ast
import json
import re
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

from sentiment.reviews.reading import fields
from sentiment.reviews.reading.rows import Format, RowError, read_rows
from sentiment.reviews.record import FIELDS, from_record

if TYPE_CHECKING:
    from sentiment.reviews.review import Review

TIMES = ("timestamp", "sort_timestamp", "sortTimestamp")
PRODUCTS = ("parent_asin", "parentAsin", "asin")
"""The parent comes first: it is the product; `asin` is one of its colours or sizes."""

MILLISECONDS = 1000
REVIEW_TIME = re.compile(r"(?P<month>\d{1,2}) (?P<day>\d{1,2}), (?P<year>\d{4})")
"""Such as `09 4, 2015`."""


def _object(data: bytes) -> dict[str, Any]:
    """Return the JSON object on a line.

    Raises:
        RowError: It is not one.
    """
    text = fields.utf8(data)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RowError("the row is not JSON") from error
    if not isinstance(value, dict):
        raise RowError("the row is not a JSON object")
    return value


def _has_keys(lines: list[bytes], *keys: str) -> bool:
    """Return whether the first JSON object on these lines has all of these keys."""
    for data in lines:
        try:
            return _object(data).keys() >= set(keys)
        except RowError:
            continue  # the file may start with a damaged row
    return False


def _own(data: bytes, _source: str) -> Review:
    record = _object(data)
    try:
        return from_record(record)
    except ValueError as error:
        raise RowError(str(error)) from error


OWN = Format(
    name="sentiment_loop",
    looks_like="what `python -m sentiment convert` writes",
    recognises=lambda lines: _has_keys(lines, *FIELDS),
    read=partial(read_rows, _own),
)


def _amazon_2023(data: bytes, source: str) -> Review:
    """Return a review of Hou et al. (arXiv 2403.03952), with either spelling of the keys."""
    row = _object(data)
    return fields.review(
        source=source,
        product_id=fields.product_of(_first(row, PRODUCTS)),
        title=fields.text_of(row.get("title"), "the title"),
        text=fields.text_of(row.get("text"), "the text"),
        stars=fields.stars_of(row.get("rating")),
        time=fields.time_of(_first(row, TIMES), units_per_second=MILLISECONDS),
    )


def _first(row: dict[str, object], names: tuple[str, ...]) -> object:
    return next((row[name] for name in names if row.get(name) is not None), None)


AMAZON_2023 = Format(
    name="amazon_2023",
    looks_like='Amazon Reviews 2023, JSON lines: {"rating": 5.0, "title": ..., "text": ..., ...}',
    recognises=lambda lines: _has_keys(lines, "rating", "text"),
    read=partial(read_rows, _amazon_2023),
)


def _mcauley(data: bytes, source: str) -> Review:
    row = _json_or_python(data)
    return fields.review(
        source=source,
        product_id=fields.product_of(row.get("asin")),
        title=fields.text_of(row.get("summary"), "the summary"),
        text=fields.text_of(row.get("reviewText"), "the text"),
        stars=fields.stars_of(row.get("overall")),
        time=fields.time_of(row.get("unixReviewTime")) or fields.day_of(row.get("reviewTime"), REVIEW_TIME),
    )


def _json_or_python(data: bytes) -> dict[str, Any]:
    """Return the row of a line; the oldest files are not JSON but Python, as `{'overall': 5.0}`."""
    if not data.startswith((b"{'", b'{u"', b"{u'")):
        return _object(data)
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


def _is_mcauley(lines: list[bytes]) -> bool:
    if _has_keys(lines, "overall", "asin"):
        return True
    for data in lines:
        try:
            return _json_or_python(data).keys() >= {"overall", "asin"}
        except RowError:
            continue
    return False


MCAULEY = Format(
    name="mcauley",
    looks_like='McAuley 2014/2018, JSON lines: {"overall": 5.0, "reviewText": ..., "asin": ...}',
    recognises=_is_mcauley,
    read=partial(read_rows, _mcauley),
)
