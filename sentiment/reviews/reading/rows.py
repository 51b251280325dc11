"""What a format is, and how its rows become reviews or are rejected."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sentiment.reviews.reading.streams import MAX_LINE_BYTES, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sentiment.reviews.review import Review

TOO_LONG = f"the row is longer than {MAX_LINE_BYTES // 1024**2} MiB"


class RowError(ValueError):
    """A row cannot be read. The message says why and never quotes the row."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not be read, without anything that names its author.

    The row itself is not kept: with shifted columns or unbalanced quotes, the reviewer's name may be in any field.
    File, line, size and hash are enough to find it in its file.

    Attributes:
        line: Number of the row's first line in the decompressed file, from 1; 0 for a whole file.
        reason: Why, in a few words that are the same for every row with this fault.
        size_bytes: Size of the row, without its line end.
        sha256: Checksum of these bytes; empty if there were too many to keep.
        part: The file in an archive; empty if the file is not an archive.
    """

    line: int
    reason: str
    size_bytes: int = 0
    sha256: str = ""
    part: str = ""


def reject(line: int, raw: bytes, reason: str) -> Rejected:
    """Return the `Rejected` of these bytes, which start on this line."""
    return Rejected(line, reason, len(raw), hashlib.sha256(raw).hexdigest())


@dataclass(frozen=True, slots=True)
class Format:
    """A public format of reviews.

    Attributes:
        name: In messages and as the first part of a review's `source`.
        looks_like: One line for people whose file has an unknown format.
        recognises: Returns whether a file with these first lines has this format.
        read: Yields the rows of a file, given its lines and the name of its `source`.
    """

    name: str
    looks_like: str
    recognises: Callable[[list[bytes]], bool]
    read: Callable[[Iterator[Line], str], Iterator[Review | Rejected]]


def read_rows(
    review_of: Callable[[bytes, str], Review], lines: Iterator[Line], source: str
) -> Iterator[Review | Rejected]:
    """Yield the review that `review_of` reads from each line that is not blank, or why it cannot.

    Each line is read on its own, so that a bad one does not affect others.
    """
    for line in lines:
        if line.overlong_bytes:
            yield Rejected(line.number, TOO_LONG, line.overlong_bytes)
        elif line.data.strip():
            try:
                yield review_of(line.data, source)
            except RowError as error:
                yield reject(line.number, line.data, str(error))
