"""The journal's file: acknowledged writes, one line each. Standard library only."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.files import sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOM = 1 << 20
"""Bytes of disk space to reserve at once."""


@dataclass(frozen=True)
class Write:
    """One acknowledged DynamoDB write, with everything needed to repeat it."""

    target: str
    body: str
    account: str
    region: str
    sequences: list[str]
    at: float

    @property
    def action(self) -> str:
        """The operation's name, such as `TransactWriteItems`."""
        return self.target.rpartition(".")[2]


class WriteFile:
    """A file to which writes are appended, in space reserved for them beforehand.

    The reserved space is zeros after the last line; without a line end, readers ignore them.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._end = self._room = os.fstat(self._descriptor).st_size
        self._use = threading.Lock()
        self._closed = False
        sync_folder(path.parent)

    def make_room(self, size: int) -> None:
        """Reserve the bytes that the next write may need, so that appending it cannot fail on a full disk.

        Raises:
            OSError: The disk has no such space; the file is unchanged.
        """
        lacking = self._end + size - self._room
        if lacking > 0:
            try:
                self._room = self._write(bytes(max(lacking, ROOM)), self._room)
            except OSError:
                os.ftruncate(self._descriptor, self._room)
                raise

    def append(self, write: Write) -> None:
        """Append a complete line; after a failure, the next one overwrites the partial one.

        Raises:
            OSError: It could not be written.
        """
        line = json.dumps(vars(write), ensure_ascii=False).encode() + b"\n"
        self._end = self._write(line, self._end)
        self._room = max(self._room, self._end)

    def _write(self, data: bytes, place: int) -> int:
        """Write at a place; return where the data ends."""
        rest = memoryview(data)
        while rest:
            written = os.pwrite(self._descriptor, rest, place)
            place, rest = place + written, rest[written:]
        return place

    def sync(self) -> None:
        """Flush the file to the disk. Any thread may call it, even after the file was closed."""
        with self._use:
            if not self._closed:
                os.fsync(self._descriptor)

    def close(self) -> None:
        """Flush the file to the disk, then close it."""
        with self._use:
            os.ftruncate(self._descriptor, self._end)
            os.fsync(self._descriptor)
            os.close(self._descriptor)
            self._closed = True


def read(path: Path) -> Iterator[Write | None]:
    """Yield the writes of a journal in order, with None for a line that cannot be read.

    A last line without a line end was cut short by a crash: it was never acknowledged, and is skipped.
    """
    with path.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n"):
                yield _parsed(line)


def _parsed(line: bytes) -> Write | None:
    try:
        return Write(**json.loads(line))
    except (ValueError, TypeError):
        return None
