"""Detects a file's format from its first lines, never from its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.reviews.reading.amazon_2023 import AMAZON_2023
from sentiment.reviews.reading.amazon_pds import AMAZON_PDS
from sentiment.reviews.reading.blitzer import BLITZER
from sentiment.reviews.reading.kaggle import KAGGLE
from sentiment.reviews.reading.lines import BYTE_ORDER_MARK
from sentiment.reviews.reading.mcauley import MCAULEY
from sentiment.reviews.reading.own import OWN
from sentiment.reviews.reading.polarity import FULL, POLARITY
from sentiment.reviews.reading.snap import SNAP
from sentiment.reviews.reading.streams import HEAD_BYTES

if TYPE_CHECKING:
    from sentiment.reviews.reading.format import Format
    from sentiment.reviews.reading.streams import DamagedFileError

FORMATS = (OWN, AMAZON_2023, MCAULEY, POLARITY, FULL, SNAP, KAGGLE, AMAZON_PDS, BLITZER)
HEAD_LINES = 1000


class UnknownFormatError(ValueError):
    """The format of a file is unknown, or the file is too damaged to tell; the message lists the known ones."""

    def __init__(self, name: str, damage: DamagedFileError | None) -> None:
        problem = "has an unknown format" if damage is None else f"cannot be read: {damage}"
        known = "\n".join(f"  - {known.looks_like}" for known in FORMATS)
        super().__init__(f"{name} {problem}. Known formats, plain or inside gzip, bzip2, xz, tar or zip:\n{known}")


def format_of_head(head: bytes) -> Format | None:
    """Return the format of a file that starts with these bytes; None if it is unknown."""
    lines = head.removeprefix(BYTE_ORDER_MARK).split(b"\n")
    if len(head) >= HEAD_BYTES:
        lines.pop()  # incomplete
    lines = [line.removesuffix(b"\r") for line in lines[:HEAD_LINES] if line.strip()]
    return next((known for known in FORMATS if known.recognises(lines)), None)
