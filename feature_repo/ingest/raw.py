"""The archived events in the lake's `raw/`, line by line: an event, or what is wrong with the line."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from itertools import groupby, takewhile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from feature_repo.ingest.compaction import read_compacted
from feature_repo.lake.keys import compacted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from feature_repo.lake.objects import Lake

GZIP = b"\x1f\x8b"
NOT_UTF8 = "the line is not UTF-8"
NOT_JSON = "the line is not JSON, or is cut off"
DAMAGED = "the file is damaged or ends too early; the lines before this one are read"

Event = TypeVar("Event", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is not an event. The line itself stays in its object, which never changes.

    Attributes:
        key: Key of its object.
        line: Its number, from 1.
        reason: What is wrong; never quotes the line.
        size_bytes: Its size, without the line end.
        sha256: SHA-256 of those bytes.
    """

    key: str
    line: int
    reason: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Events(Generic[Event]):
    """The events of one kind in the lake.

    Attributes:
        kind: `predictions` or `feedback`.
        model: The schema of a line.
    """

    kind: str
    model: type[Event]

    def read(self, lake: Lake, first: date, last: date) -> Iterator[Event | BadLine]:
        """Yield the lines from one day (UTC) to another, inclusive, in the order of keys; events may be repeated.

        Raises:
            LakeError: S3 does not answer, or refuses.
        """
        prefix = f"raw/{self.kind}/dt="
        end = f"{prefix}{last.isoformat()}/\U0010ffff"
        within = takewhile(
            lambda one: one.key <= end, lake.list(f"raw/{self.kind}/", after=f"{prefix}{first.isoformat()}")
        )
        for day, objects in groupby(within, key=lambda one: PurePosixPath(one.key).parent.name):
            for key, content in read_compacted(lake, list(objects), compacted(self.kind, day)):
                yield from self.lines(key, content)

    def lines(self, key: str, content: bytes) -> Iterator[Event | BadLine]:
        """Yield the lines of one object, which may be compressed."""
        plain, damaged = _plain(content)
        lines = plain.split(b"\n")
        if lines[-1] == b"":
            lines.pop()
        cut_off = lines.pop() if damaged and lines and not plain.endswith(b"\n") else b""
        for number, line in enumerate(lines, start=1):
            yield self._event(key, number, line)
        if damaged:
            yield _bad(key, len(lines) + 1, cut_off, DAMAGED)

    def _event(self, key: str, number: int, line: bytes) -> Event | BadLine:
        try:
            return self.model.model_validate_json(line.decode())
        except UnicodeDecodeError:
            return _bad(key, number, line, NOT_UTF8)
        except ValidationError as error:
            problems = error.errors(include_url=False, include_input=False, include_context=False)
            if problems[0]["type"] == "json_invalid":
                return _bad(key, number, line, NOT_JSON)
            fields = sorted({".".join(map(str, problem["loc"])) or "the line" for problem in problems})
            return _bad(key, number, line, f"not an event of {self.kind}: {', '.join(fields)}")


def _plain(content: bytes) -> tuple[bytes, bool]:
    """Return the content, decompressed if it is gzip, and whether it is damaged or ends too early."""
    plain = []
    while content.startswith(GZIP):  # members may follow each other
        unpacked = zlib.decompressobj(wbits=31)
        try:
            plain.append(unpacked.decompress(content))
        except zlib.error:
            return b"".join(plain), True
        if not unpacked.eof:
            return b"".join(plain), True
        content = unpacked.unused_data
    return b"".join((*plain, content)), False


def _bad(key: str, number: int, line: bytes, reason: str) -> BadLine:
    return BadLine(key, number, reason, len(line), hashlib.sha256(line).hexdigest())
