"""The rows of a file that somebody uploads: texts to predict, and rows without one, each with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pydantic import TypeAdapter, ValidationError

from sentiment.reviews.reading import Rejected, read_reviews
from sentiment.schemas.api import MAX_TEXT
from sentiment.schemas.api import Text as ApiText

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sentiment.reviews.reading import Columns

_ACCEPTED: TypeAdapter[str] = TypeAdapter(ApiText)
"""The API refuses a whole batch for one text, so texts are checked as it does."""


class Text(NamedTuple):
    """A review to predict.

    Attributes:
        number: Its place among the rows of the file, from 1.
        text: What is sent: the title above the text.
    """

    number: int
    text: str


class Unread(NamedTuple):
    """A row that cannot be predicted.

    Attributes:
        number: Its place among the rows of the file, from 1.
        line: Its first line in the decompressed file; 0 if that is not known.
        reason: Why, in a few words.
    """

    number: int
    line: int
    reason: str


Row = Text | Unread


def rows_of(path: Path, columns: Columns | None) -> Iterator[Row]:
    """Yield the rows of a file, one in memory at a time; the same rows each time.

    Args:
        path: Any file that `sentiment.reviews.reading` reads; it needs no ratings.
        columns: The columns that somebody named.

    Raises:
        UnknownFormatError: Nothing in the file can be read as texts.
        UncertainColumnsError: Its columns could hold this or that.
        OSError: The file cannot be read.
    """
    for number, item in enumerate(read_reviews(path, columns, texts_only=True), start=1):
        if isinstance(item, Rejected):
            part = f"{item.part}: " if item.part else ""
            yield Unread(number, item.line, f"{part}{item.reason}")
        else:
            yield _checked(number, item.full_text.strip())


def _checked(number: int, text: str) -> Row:
    if len(text) > MAX_TEXT:
        return Unread(number, 0, f"the text is longer than {MAX_TEXT:,} characters")
    try:
        return Text(number, _ACCEPTED.validate_python(text))
    except ValidationError as error:
        return Unread(number, 0, str(error.errors()[0]["ctx"]["error"]))
