"""Rows of a file: how each becomes a review or is rejected, and what ends the reading."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sentiment.reviews.reading.streams import MAX_LINE_BYTES, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Row = dict[str, Any]
"""A row by column."""
Made = TypeVar("Made")

TOO_LONG = f"the row is longer than {MAX_LINE_BYTES // 1024**2} MiB"


class RowError(ValueError):
    """A row cannot be read. The message says why and never quotes the row."""


class RefutedError(ValueError):
    """A row shows that the file means something else than it was taken for: its labels could be flipped.

    Attributes:
        where: The file and the row, once they are known.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.where: list[str] = []

    def __str__(self) -> str:
        return ": ".join((", ".join(self.where), *self.args)) if self.where else self.args[0]


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


def made(make: Callable[[Any], Made | None], row: object, line: int, raw: bytes = b"") -> Made | Rejected | None:
    """Return what `make` makes of a row, or why it cannot; `raw` are the row's bytes, if they are known.

    Raises:
        RefutedError: The row shows that the file means something else.
    """
    try:
        return make(row)
    except RowError as error:
        return reject(line, raw, str(error)) if raw else Rejected(line, str(error))
    except RefutedError as refuted:
        refuted.where.append(f"line {line}")
        raise


def read_rows(row_of: Callable[[bytes], Made | None], lines: Iterator[Line]) -> Iterator[Made | Rejected]:
    """Yield what `row_of` reads from each line that is not blank, or why it cannot.

    Each line is read on its own, so that a bad one does not affect others. None is a line without a row.

    Raises:
        RefutedError: A row shows that the file means something else.
    """
    for line in lines:
        if line.overlong_bytes:
            yield Rejected(line.number, TOO_LONG, line.overlong_bytes)
        elif line.data.strip() and (item := made(row_of, line.data, line.number, line.data)) is not None:
            yield item
