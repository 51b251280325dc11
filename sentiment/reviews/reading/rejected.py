"""What became of a row that could not be read: where it is and why, and nothing that names who wrote it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


class RowError(ValueError):
    """A row that cannot be read. The message says why in our words: it never quotes the row."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was set aside.

    The row itself is not kept: where columns are shifted or quotes unbalanced, the reviewer's name may be in
    any field. File, line, size and hash are enough to find it again in the file it came from.

    Attributes:
        line: Number of the row's first line in the decompressed file, from 1; 0 for a whole file.
        reason: Why, in a few words that are the same for every row with this fault.
        size_bytes: How long the row is, without its line end.
        sha256: Of those bytes; empty where they were too many to be held.
        part: Which file of an archive; empty where the file is not an archive.
    """

    line: int
    reason: str
    size_bytes: int = 0
    sha256: str = ""
    part: str = ""


def reject(line: int, raw: bytes, reason: str) -> Rejected:
    """Return the `Rejected` of these bytes, which begin on this line."""
    return Rejected(line, reason, len(raw), hashlib.sha256(raw).hexdigest())
