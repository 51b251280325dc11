"""Rows that could not be read: where each one is and why, without anything that names its author."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


class RowError(ValueError):
    """A row cannot be read. The message says why and never quotes the row."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not be read.

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
