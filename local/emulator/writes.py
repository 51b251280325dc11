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
"""Bytes of the disk that are taken at once."""


@dataclass(frozen=True)
class Write:
    """One acknowledged DynamoDB write: enough to do it again."""

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
    """A file that writes are appended to, in room that was made for them beforehand.

    The room is zeros after the last line: without a line's end, they are read as nothing.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._end = self._room = os.fstat(self._descriptor).st_size
        self._use = threading.Lock()
        self._closed = False
        sync_folder(path.parent)

    def make_room(self, size: int) -> None:
        """Take as many bytes from the disk as the next write may need, so that it is not refused once it is done.

        Raises:
            OSError: There are not as many; the file is as it was.
        """
        lacking = self._end + size - self._room
        if lacking > 0:
            try:
                self._room = self._write(bytes(max(lacking, ROOM)), self._room)
            except OSError:
                os.ftruncate(self._descriptor, self._room)
                raise

    def append(self, write: Write) -> None:
        """Append a whole line, or nothing that counts: the next one begins where it began.

        Raises:
            OSError: It could not be written.
        """
        line = json.dumps(vars(write), ensure_ascii=False).encode() + b"\n"
        self._end = self._write(line, self._end)
        self._room = max(self._room, self._end)

    def _write(self, data: bytes, place: int) -> int:
        """Return where it ends."""
        rest = memoryview(data)
        while rest:
            written = os.pwrite(self._descriptor, rest, place)
            place, rest = place + written, rest[written:]
        return place

    def sync(self) -> None:
        """Have the system write all of it to the disk. Any thread may call it, even once the file is closed."""
        with self._use:
            if not self._closed:
                os.fsync(self._descriptor)

    def close(self) -> None:
        """Have the system write all of it to the disk, then close it."""
        with self._use:
            os.ftruncate(self._descriptor, self._end)
            os.fsync(self._descriptor)
            os.close(self._descriptor)
            self._closed = True


def read(path: Path) -> Iterator[Write | None]:
    """The writes of a journal, in order, with None for a line that cannot be read.

    A last line without its end was cut short by a crash: it was never acknowledged, and is left out.
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
