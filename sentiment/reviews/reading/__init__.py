"""Reading reviews from published files of many formats.

    for item in read_reviews(Path("All_Beauty.jsonl.gz")):
        ...  # a Review, or a Rejected with its line and the reason

A file's format is detected from its first lines, never from its name; `unpacking` decompresses.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sentiment.reviews.reading.detection import FORMATS, UnknownFormatError, format_of, format_of_head
from sentiment.reviews.reading.rows import Format, Rejected
from sentiment.reviews.reading.streams import DamagedFileError, Line, Stream, lines_of
from sentiment.reviews.reading.unpacking import open_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sentiment.reviews.review import Review

__all__ = ["FORMATS", "Rejected", "UnknownFormatError", "format_of", "read_reviews"]


def read_reviews(path: Path, on_bytes: Callable[[int], None] | None = None) -> Iterator[Review | Rejected]:
    """Yield the rows of one file, in order, with only one row in memory at a time.

    A row that cannot be read is a `Rejected` and does not end the reading; the same goes for the point where a
    compressed file is damaged, and for a file of unknown format in an archive of others.

    Args:
        path: A file, plain or compressed, or an archive of such files.
        on_bytes: Called with the number of bytes read from disk since the last call.

    Raises:
        UnknownFormatError: Nothing in the file has a known format.
        OSError: The file cannot be opened or read.
    """
    known = False
    damage: DamagedFileError | None = None
    aside: list[Rejected] = []  # an archive's files of unknown format, until one is known
    try:
        for stream in open_streams(path, on_bytes):
            form = format_of_head(stream.head())
            part = stream.name if stream.is_part else ""
            if form is None:
                reason = str(stream.damage or "the file in the archive has an unknown format")
                aside.append(Rejected(0, reason, part=part))
            else:
                known = True
                for item in _rows(stream, form):
                    yield replace(item, part=part) if isinstance(item, Rejected) and part else item
            damage = stream.damage
            if known:
                yield from aside
                aside.clear()
    except DamagedFileError as between_parts:
        if known and damage is None:  # else the last part has reported it
            yield Rejected(0, str(between_parts))
        damage = between_parts
    if not known:
        raise UnknownFormatError(path.name, damage)


def _rows(stream: Stream, form: Format) -> Iterator[Review | Rejected]:
    """Yield the rows of one stream; if it is damaged, the line where it ends comes last, as rejected."""
    last = 0

    def counted() -> Iterator[Line]:
        nonlocal last
        for line in lines_of(stream):
            last = line.number
            yield line

    try:
        yield from form.read(counted(), f"{form.name}/{stream.name.split('.')[0]}")
    except DamagedFileError as damage:
        yield Rejected(last + 1, str(damage))
