"""The rows of a file that somebody uploads: texts to predict, and rows without one, each with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sentiment.reviews.reading import Rejected, read_reviews
from sentiment.schemas.api import MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sentiment.reviews.reading import Columns
    from sentiment.reviews.review import Label


class Text(NamedTuple):
    """A review to predict.

    Attributes:
        number: Its place among the rows of the file, from 1.
        text: What is sent: the title above the text.
        product_id: Its product, if the file says which.
        rated: The label that its author's rating stands for; None for a middling one.
    """

    number: int
    text: str
    product_id: str | None
    rated: Label | None


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


def rows_of(path: Path, columns: Columns | None, on_bytes: Callable[[int], None]) -> Iterator[Text | Unread]:
    """Yield the rows of a file, one in memory at a time.

    Args:
        path: Any file that `sentiment.reviews.reading` reads.
        columns: The columns that somebody named.
        on_bytes: Called with the number of bytes read from disk since the last call.

    Raises:
        UnknownFormatError: Nothing in the file can be read as reviews.
        UncertainColumnsError: Its columns could hold this or that.
        RefutedError: A row shows that the file means something else.
        OSError: The file cannot be read.
    """
    for number, item in enumerate(read_reviews(path, columns, on_bytes=on_bytes), start=1):
        if isinstance(item, Rejected):
            yield Unread(number, item.line, item.reason)
            continue
        text = item.full_text.strip()
        if len(text) > MAX_TEXT:
            yield Unread(number, 0, f"longer than {MAX_TEXT:,} characters")
        else:
            yield Text(number, text, item.product_id, item.label)
