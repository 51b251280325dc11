"""What is told about rows and files that cannot be used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sentiment.reviews.reading import Rejected


def rejected_record(item: Rejected) -> dict[str, object]:
    """Return the record of a row that cannot be read: where, why, its size and hash."""
    return {
        "part": item.part,
        "line": item.line,
        "reason": item.reason,
        "bytes": item.size_bytes,
        "sha256": item.sha256,
    }


def quarantine_line(record: object) -> bytes:
    """Return a record as one line of ASCII JSON, with its line end."""
    return json.dumps(record, separators=(",", ":")).encode("ascii") + b"\n"


def one_line(message: str) -> str:
    """Return a message that lists the known formats, one per line, as one line."""
    first, *rest = [line.strip().removeprefix("- ") for line in message.splitlines()] or [message]
    return " ".join([first, "; ".join(rest)]).strip()
