"""The journal's file: acknowledged writes, one line each. Standard library only."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
    """A file that writes are appended to."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def append(self, write: Write) -> None:
        """Append a whole line, or nothing.

        Raises:
            OSError: It could not be written, such as on a full disk; what was written of it is taken back, because the
                next line would continue it.
        """
        rest = memoryview(json.dumps(asdict(write)).encode() + b"\n")
        size = os.fstat(self._descriptor).st_size
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            os.ftruncate(self._descriptor, size)
            raise

    def close(self) -> None:
        """Have the system write all of it to the disk, then close it."""
        os.fsync(self._descriptor)
        os.close(self._descriptor)


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
