"""Which format a file has, by its first lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.reviews.reading.block_formats import BLITZER, SNAP
from sentiment.reviews.reading.json_formats import AMAZON_2023, MCAULEY, OWN
from sentiment.reviews.reading.streams import BYTE_ORDER_MARK, HEAD_BYTES, DamagedFileError
from sentiment.reviews.reading.table_formats import AMAZON_PDS, FULL, KAGGLE, POLARITY
from sentiment.reviews.reading.unpacking import open_streams

if TYPE_CHECKING:
    from pathlib import Path

    from sentiment.reviews.reading.rows import Format

FORMATS = (OWN, AMAZON_2023, MCAULEY, POLARITY, FULL, SNAP, KAGGLE, AMAZON_PDS, BLITZER)
HEAD_LINES = 1000


class UnknownFormatError(ValueError):
    """The format of a file is unknown, or the file is too damaged to tell; the message lists the known ones."""

    def __init__(self, name: str, damage: DamagedFileError | None) -> None:
        problem = "has an unknown format" if damage is None else f"cannot be read: {damage}"
        known = "\n".join(f"  - {known.looks_like}" for known in FORMATS)
        super().__init__(f"{name} {problem}. Known formats, plain or inside gzip, bzip2, xz, tar or zip:\n{known}")


def format_of(path: Path) -> str:
    """Return the name of a file's format; of an archive, that of the first file with a known format.

    Raises:
        UnknownFormatError: Nothing in the file has a known format.
        OSError: The file cannot be opened or read.
    """
    damage: DamagedFileError | None = None
    try:
        for stream in open_streams(path):
            form = format_of_head(stream.head())
            if form is not None:
                return form.name
            damage = stream.damage
    except DamagedFileError as between_parts:
        damage = between_parts
    raise UnknownFormatError(path.name, damage)


def format_of_head(head: bytes) -> Format | None:
    """Return the format of a file that starts with these bytes; None if it is unknown."""
    lines = head.removeprefix(BYTE_ORDER_MARK).split(b"\n")
    if len(head) >= HEAD_BYTES:
        lines.pop()  # incomplete
    lines = [line.removesuffix(b"\r") for line in lines[:HEAD_LINES] if line.strip()]
    return next((known for known in FORMATS if known.recognises(lines)), None)
