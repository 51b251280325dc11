"""Values in the rows of every format: text, stars and times, each checked in one place."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

from sentiment.reviews.reading.rows import RowError
from sentiment.reviews.review import Label, Review, review_id_of
from sentiment.reviews.stars import MAX_STARS, MIN_STARS, label_of_stars

LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
"""NUL and lone surrogates, which UTF-8 or databases do not accept."""

MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
"""English, unlike `calendar.month_name`, which depends on the locale."""

FIRST_YEAR, LAST_YEAR = 1995, 2100
"""Amazon opened in 1995; a time outside these years has the wrong unit or is made up."""


def review(
    *,
    source: str,
    product_id: str | None,
    title: str,
    text: str,
    stars: float | None,
    label: Label | None = None,
    time: datetime | None = None,
) -> Review:
    """Return the review with its id, and with the label that follows from its stars, if any.

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
        label=label if stars is None else label_of_stars(stars),
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


def text_of(value: object, name: str) -> str:
    """Return a text field as written; empty if it is absent.

    Raises:
        RowError: It is neither text nor absent.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RowError(f"{name} is not text")
    return as_written(value)


def product_of(value: object) -> str | None:
    """Return a product id; None if it is absent or empty.

    Raises:
        RowError: It is neither text nor absent.
    """
    return text_of(value, "the product id").strip() or None


def stars_of(value: object) -> float:
    """Return stars, given as a number or its digits.

    Raises:
        RowError: They are not a number from 1 to 5.
    """
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            stars = float(value)
        except (ValueError, OverflowError):
            stars = 0.0
        if MIN_STARS <= stars <= MAX_STARS:
            return stars
    raise RowError(f"the stars are not a number from {MIN_STARS} to {MAX_STARS}")


def time_of(value: object, *, units_per_second: int = 1) -> datetime | None:
    """Return a Unix time, given as a number or its digits; None if it is absent, empty or -1 ("not known").

    Raises:
        RowError: It is not a number, or not a time between the years 1995 and 2100.
    """
    if value is None or value in ("", "-1", -1):
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise RowError("the time is not a Unix time")
    try:
        time = datetime.fromtimestamp(float(value) / units_per_second, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise RowError("the time is not a Unix time") from error
    return in_known_years(time)


def day_of(value: object, pattern: re.Pattern[str]) -> datetime | None:
    """Return midnight UTC of a date; None if it is absent or empty.

    Args:
        value: The date.
        pattern: How it is written, with groups `year`, `month` (a number or an English name) and `day`.

    Raises:
        RowError: It is not such a date, or not between the years 1995 and 2100.
    """
    if value is None or value == "":
        return None
    match = pattern.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise RowError("the time is not a date")
    try:
        month = match["month"]
        number = int(month) if month.isdecimal() else 1 + MONTHS.index(month.lower())
        time = datetime(int(match["year"]), number, int(match["day"]), tzinfo=UTC)
    except ValueError as error:
        raise RowError("the time is not a date") from error
    return in_known_years(time)


def in_known_years(time: datetime) -> datetime:
    """Return the time.

    Raises:
        RowError: It is not between the years 1995 and 2100.
    """
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise RowError(f"the time is not between {FIRST_YEAR} and {LAST_YEAR}")
    return time


def utf8(data: bytes) -> str:
    """Return the text of these bytes.

    Raises:
        RowError: They are not UTF-8.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RowError("the row is not UTF-8") from error


def utf8_or_latin1(data: bytes) -> str:
    """Return the text of bytes from a set published in Latin-1, of which copies in UTF-8 exist."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
