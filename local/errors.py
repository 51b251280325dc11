"""The error that ends a command: one line on what is wrong, one on what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class LocalError(Exception):
    """A failure that a person can act on.

    Args:
        message: What is wrong, in one line.
        remedy: What to do about it, a command where there is one.
        log: The file with the details; its last lines are shown.
    """

    def __init__(self, message: str, *, remedy: str, log: Path | None = None) -> None:
        super().__init__(message)
        self.message, self.remedy, self.log = message, remedy, log


def tail(log: Path, lines: int = 12) -> list[str]:
    """The last lines of a log, without reading all of it; empty when there is none."""
    if not log.exists():
        return []
    with log.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 16_384))
        return file.read().decode(errors="replace").splitlines()[-lines:]
