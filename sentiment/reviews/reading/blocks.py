"""Records of several lines: collecting the lines of each, never more than a review can have."""

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
    """The lines of one record, collected until it is complete."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.lines: list[bytes] = []
        self._size = 0

    def add(self, line: Line) -> None:
        """Add a line; of a block that is too long, only its size is held."""
        self._size += len(line.data) + line.overlong_bytes + 1
        if self._size > MAX_LINE_BYTES:
            self.lines.clear()
        else:
            self.lines.append(line.data)

    def read(self, review_of: Callable[[list[bytes]], Review]) -> Review | Rejected:
        """Return what `review_of` makes of the lines, or the reason why it makes nothing of them."""
        if self._size > MAX_LINE_BYTES:
            return Rejected(self.number, TOO_LONG, self._size)
        try:
            return review_of(self.lines)
        except RowError as error:
            return reject(self.number, b"\n".join(self.lines), str(error))
