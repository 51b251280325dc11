"""Records of several lines: collects the lines of each, up to the size of a review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.reviews.reading.lines import MAX_LINE_BYTES
from sentiment.reviews.reading.rejected import Rejected, RowError, reject
from sentiment.reviews.reading.rows import TOO_LONG

if TYPE_CHECKING:
    from collections.abc import Callable

    from sentiment.reviews.reading.lines import Line
    from sentiment.reviews.review import Review


class Block:
    """The lines of one record."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.lines: list[bytes] = []
        self._size = 0

    def add(self, line: Line) -> None:
        """Add a line; if the block gets too long, keep only its size."""
        self._size += len(line.data) + line.overlong_bytes + 1
        if self._size > MAX_LINE_BYTES:
            self.lines.clear()
        else:
            self.lines.append(line.data)

    def read(self, review_of: Callable[[list[bytes]], Review]) -> Review | Rejected:
        """Return the review that `review_of` reads from the lines, or why it cannot."""
        if self._size > MAX_LINE_BYTES:
            return Rejected(self.number, TOO_LONG, self._size)
        try:
            return review_of(self.lines)
        except RowError as error:
            return reject(self.number, b"\n".join(self.lines), str(error))
