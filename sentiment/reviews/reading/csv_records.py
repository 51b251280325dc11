"""Records of a CSV file, read one by one: an unbalanced quote costs one line, not the rest of the file."""

from __future__ import annotations

import csv
from collections import deque
from typing import TYPE_CHECKING

from sentiment.reviews.reading import fields
from sentiment.reviews.reading.rows import TOO_LONG, Rejected, RowError, reject
from sentiment.reviews.reading.streams import MAX_LINE_BYTES, DamagedFileError, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sentiment.reviews.review import Review

MAX_RECORD_LINES = 200
"""Reviews have fewer lines; a quote that is still open after so many was not meant as one."""

csv.field_size_limit(MAX_LINE_BYTES)


def read_records(
    review_of: Callable[[list[str], str], Review], lines: Iterator[Line], source: str
) -> Iterator[Review | Rejected]:
    """Yield the review that `review_of` reads from each record, or why it cannot.

    If a record of several lines cannot be read, its first line is rejected and the others are tried again.
    """
    given = _Source(lines)
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
            review = review_of(next(csv.reader(given.texts(), strict=True)), source)
        except csv.Error:
            given.waiting.popleft()
            yield reject(first.number, first.data, "the row is not CSV, or a quote in it is never closed")
        except RowError as error:
            given.waiting.popleft()
            yield reject(first.number, first.data, str(error))
        else:
            given.accept()
            yield review


class _Source:
    """Lines, some of which were passed to the CSV reader and can be taken back."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self.waiting: deque[Line] = deque()
        self._lines = lines
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
            yield fields.utf8(line.data) + "\n"

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
