"""What a format is: how its files are told, and how their rows become reviews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sentiment.reviews.reading.lines import Line
    from sentiment.reviews.reading.rejected import Rejected
    from sentiment.reviews.review import Review


@dataclass(frozen=True, slots=True)
class Format:
    """One public format of reviews.

    Attributes:
        name: In messages and as the first part of a review's `source`.
        looks_like: In one line, for people whose file is of no known format.
        recognises: Tells from the first lines of a file whether it is of this format.
        read: Yields the rows of a file, given its lines and the name of its `source`.
    """

    name: str
    looks_like: str
    recognises: Callable[[list[bytes]], bool]
    read: Callable[[Iterator[Line], str], Iterator[Review | Rejected]]
