"""The records of tables with a separator.

They are read one by one: an unbalanced quote costs one line, not the rest of the file.
"""

from __future__ import annotations

import csv
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sentiment.reviews.reading.rows import TOO_LONG, Rejected, made, read_rows, reject
from sentiment.reviews.reading.streams import MAX_LINE_BYTES, DamagedFileError, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sentiment.reviews.reading.rows import Made

MAX_RECORD_LINES = 200
"""Reviews have fewer lines; a quote that is still open after so many was not meant as one."""

csv.field_size_limit(MAX_LINE_BYTES)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is written.

    Attributes:
        separator: Between two columns.
        quoted: Whether quotes enclose a column; else they are characters.
        escape: What makes a quote inside of quotes a character, if not a second quote.
    """

    separator: str
    quoted: bool = True
    escape: str | None = None


def read_records(
    row_of: Callable[[list[str]], Made | None], lines: Iterator[Line], dialect: Dialect, decode: Callable[[bytes], str]
) -> Iterator[Made | Rejected]:
    """Yield what `row_of` makes of each record, or why it cannot; nothing for a record of which it makes None.

    If a record of several lines cannot be read, its first line is rejected and the others are tried again.

    Raises:
        RefutedError: A row shows that the file means something else.
    """
    if not dialect.quoted:
        return read_rows(lambda data: row_of(_cells(decode(data), dialect.separator)), lines)
    return _read_quoted(row_of, lines, dialect, decode)


def is_quoted(cell: str) -> bool:
    """Return whether a cell without a separator in it is in quotes because of a quote in it."""
    inner = cell[1:-1]
    return len(cell) > 1 and cell[0] == cell[-1] == '"' and '""' in inner and '"' not in inner.replace('""', "")


def _cells(line: str, separator: str) -> list[str]:
    cells = line.split(separator)
    if '""' in line:  # saved again by a program that quotes
        return [cell[1:-1].replace('""', '"') if is_quoted(cell) else cell for cell in cells]
    return cells


def _read_quoted(
    row_of: Callable[[list[str]], Made | None], lines: Iterator[Line], dialect: Dialect, decode: Callable[[bytes], str]
) -> Iterator[Made | Rejected]:
    given = _Source(lines, decode)
    doubled = dialect.escape is None
    records = partial(
        csv.reader, delimiter=dialect.separator, escapechar=dialect.escape, doublequote=doubled, strict=True
    )

    def next_row(texts: Iterator[str]) -> Made | None:
        return row_of(next(records(texts)))

    while given.more():
        first = given.waiting[0]
        if first.overlong_bytes:
            given.waiting.popleft()
            yield Rejected(first.number, TOO_LONG, first.overlong_bytes)
            continue
        if not first.data.strip():
            given.waiting.popleft()
            continue
        try:
            item = made(next_row, given.texts(), first.number, first.data)
        except csv.Error:
            item = reject(first.number, first.data, "the row is not CSV, or a quote in it is never closed")
        if isinstance(item, Rejected):
            given.waiting.popleft()
        else:
            given.accept()
        if item is not None:
            yield item


class _Source:
    """Lines, some of which were passed to the CSV reader and can be taken back."""

    def __init__(self, lines: Iterator[Line], decode: Callable[[bytes], str]) -> None:
        self.waiting: deque[Line] = deque()
        self._lines = lines
        self._decode = decode
        self._given = 0
        self._damage: DamagedFileError | None = None

    def more(self) -> bool:
        if self.waiting or self._fetch():
            return True
        if self._damage is not None:
            raise self._damage
        return False

    def texts(self) -> Iterator[str]:
        """Yield lines to the CSV reader, which takes as many as a record has."""
        self._given = 0
        size = 0
        while self._given < len(self.waiting) or self._fetch():
            line = self.waiting[self._given]
            self._given += 1
            size += len(line.data)
            if self._given > MAX_RECORD_LINES or size > MAX_LINE_BYTES or line.overlong_bytes:
                raise csv.Error("a quote is never closed")
            yield self._decode(line.data) + "\n"

    def accept(self) -> None:
        for _ in range(self._given):
            self.waiting.popleft()

    def _fetch(self) -> bool:
        try:
            line = next(self._lines, None)
        except DamagedFileError as damage:
            self._damage = damage  # raised after the lines before it have been read
            return False
        if line is not None:
            self.waiting.append(line)
        return line is not None
