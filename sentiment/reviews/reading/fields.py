"""Values in the rows of every format: text, product, time and title, each read in one place."""

from __future__ import annotations

import html
import math
import re
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import lru_cache

from sentiment.reviews.reading.rows import RowError
from sentiment.reviews.review import Label, Review, review_id_of

LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
"""NUL and lone surrogates, which UTF-8 or databases do not accept."""

NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d{1,3})?")

NO_VALUE = frozenset(("", "-1", "nan", "nat", "none", "null", "n/a"))
"""How programs write that a time is not known."""

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
"""English, unlike `calendar.month_abbr`, which depends on the locale."""

MONTH_FIRST = re.compile(r"\b(?P<month>[A-Za-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})\b")
DAY_FIRST = re.compile(r"\b(?P<day>\d{1,2})[ -](?P<month>[A-Za-z]{3,9})\.?[ ,-]{1,2}(?P<year>\d{4}|\d{2})\b")
REVIEW_TIME = re.compile(r"(?P<month>\d{1,2}) (?P<day>\d{1,2}), (?P<year>\d{4})")
"""Such as `09 4, 2015`."""
YEAR_FIRST = re.compile(r"(?P<year>\d{4})[/.](?P<month>\d{1,2})[/.](?P<day>\d{1,2})(?: .*)?")
YEAR_LAST = re.compile(r"(?P<a>\d{1,2})(?P<mark>[/.-])(?P<b>\d{1,2})(?P=mark)(?P<year>\d{4})(?:[ ,].*)?")

UNITS = (1, 1e3, 1e6, 1e9)
"""Unix times are seconds, or so many of a second: their size tells."""

COMPACT_DIGITS = 8
"""Digits of a day such as 20121007, which is no Unix time."""
COMPACT_DAY = re.compile(r"\d{8}")

FIRST_YEAR, LAST_YEAR = 1995, 2100
"""Amazon opened in 1995; a time outside these years has the wrong unit or is made up."""

FIRST_SECOND = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp()
LAST_SECOND = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp()
MONTHS_IN_YEAR = 12
CENTURY = 2000


def review(
    *,
    source: str,
    product_id: str | None,
    title: str,
    text: str,
    stars: float | None,
    label: Label | None,
    time: datetime | None = None,
) -> Review:
    """Return the review with its id.

    Raises:
        RowError: The text is blank.
    """
    if not text.strip():
        raise RowError("the text is empty")
    return Review(
        review_id=review_id_of(product_id=product_id, title=title, text=text),
        product_id=product_id,
        title=title,
        text=text,
        stars=stars,
        label=label,
        time=time,
        source=source,
    )


def as_written(text: str) -> str:
    """Return a text as its author typed it and as the API gets it; these sets publish texts as HTML.

    Line breaks (`<br />`) become line ends and entities (`&#34;`) become characters, once: an entity that an author
    typed stays. So does everything else, including other tags.
    """
    if "&" in text:
        text = ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    if "<" in text:
        text = LINE_BREAK.sub("\n", text)
    return NOT_TEXT.sub("\N{REPLACEMENT CHARACTER}", text)


def text_of(value: object) -> str:
    """Return the text as written; empty if it is absent.

    Raises:
        RowError: It is neither text nor absent.
    """
    if isinstance(value, str):
        return as_written(value)
    if is_absent(value):
        return ""
    raise RowError("the text is not text")


def title_of(value: object) -> str:
    """Return the title as written; empty if it is absent.

    Raises:
        RowError: It is neither text, a number nor absent.
    """
    return _short(value, "the title is not text")


def product_of(value: object) -> str | None:
    """Return a product id, of a number its digits; None if it is absent or blank.

    Raises:
        RowError: It is neither text, a number nor absent.
    """
    return _short(value, "the product is not text or a number").strip() or None


def _short(value: object, problem: str) -> str:
    if isinstance(value, str):
        return as_written(value)
    if is_absent(value):
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return digits_of(value)
    raise RowError(problem)


def number_of(value: object) -> float | None:
    """Return the finite number that a value is, or that its text is; None if it is none."""
    if isinstance(value, str):
        text = value.strip()
        value = float(text.replace(",", ".")) if NUMBER.fullmatch(text) else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(OverflowError):
            return number if math.isfinite(number := float(value)) else None
    return None


def is_absent(value: object) -> bool:
    """Return whether there is no value: None, or the not-a-number that pandas writes for it."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def digits_of(number: float) -> str:
    """Return a number as people write it: 4 rather than 4.0, which spreadsheets make of it."""
    return str(int(number)) if isinstance(number, float) and number.is_integer() else str(number)


def time_of(value: object) -> datetime | None:
    """Return a time; None if it is absent, empty or -1 ("not known").

    Args:
        value: A time or day of Python, a Unix time in seconds, milliseconds, microseconds or nanoseconds, or a text:
            such a number, ISO 8601, or a day as shops write it (`October 7, 2012`, `31-Jul-18`, `10/31/2012`). Without
            a time zone it is in UTC, without a time of day it is midnight.

    Raises:
        RowError: It is not a time, could be two days, or is not between the years 1995 and 2100.
    """
    if is_absent(value):
        return None
    if isinstance(value, str):
        return _time_in(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return None if value == -1 else _unix_time(value)
    if isinstance(value, datetime):
        return _in_utc(value)
    if isinstance(value, date):
        return in_known_years(datetime(value.year, value.month, value.day, tzinfo=UTC))
    raise RowError("the time is not a time")


@lru_cache(maxsize=8192)
def _time_in(text: str) -> datetime | None:
    if text.isdecimal() and len(text) != COMPACT_DIGITS:
        return _unix_time(float(text))
    text = text.strip()
    if text.casefold() in NO_VALUE:
        return None
    number = number_of(text)
    if number is not None and not COMPACT_DAY.fullmatch(text):
        return _unix_time(number)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return in_known_years(_day(text))
    return _in_utc(time)


def _unix_time(number: float) -> datetime:
    for unit in UNITS:
        if FIRST_SECOND * unit <= number < LAST_SECOND * unit:
            return datetime.fromtimestamp(number / unit, UTC)
    if 0 < number < FIRST_SECOND:
        raise RowError(f"the time is not between {FIRST_YEAR} and {LAST_YEAR}")
    raise RowError("the time is not a time")


def _day(text: str) -> datetime:
    """Return midnight of a day that shops write in words or digits."""
    if (match := MONTH_FIRST.search(text) or DAY_FIRST.search(text)) is not None:
        name = match["month"][:3].casefold()
        if name not in MONTHS:
            raise RowError("the time is not a time")
        year = int(match["year"])
        return _date(year if year >= 100 else CENTURY + year, 1 + MONTHS.index(name), int(match["day"]))  # noqa: PLR2004
    if (match := REVIEW_TIME.fullmatch(text) or YEAR_FIRST.fullmatch(text)) is not None:
        return _date(int(match["year"]), int(match["month"]), int(match["day"]))
    if (match := YEAR_LAST.fullmatch(text)) is not None:
        first, second, year = int(match["a"]), int(match["b"]), int(match["year"])
        if match["mark"] == "." or first > MONTHS_IN_YEAR or first == second:
            return _date(year, second, first)
        if second > MONTHS_IN_YEAR:
            return _date(year, first, second)
        raise RowError("the time may have the month or the day first")
    raise RowError("the time is not a time")


def _date(year: int, month: int, day: int) -> datetime:
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError as error:
        raise RowError("the time is not a time") from error


def _in_utc(time: datetime) -> datetime:
    try:
        return in_known_years(time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC))
    except OverflowError as error:
        raise RowError("the time is not a time") from error


def in_known_years(time: datetime) -> datetime:
    """Return the time.

    Raises:
        RowError: It is not between the years 1995 and 2100.
    """
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise RowError(f"the time is not between {FIRST_YEAR} and {LAST_YEAR}")
    return time
