"""A format: how to recognise its files and read their rows."""

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
