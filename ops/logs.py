"""`make logs`: follows the logs of servers and steps together."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from rich.text import Text

from local.errors import LocalError, tail

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

    from local.loop import Loop

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")
_POLL_S = 0.2


def follow(loop: Loop, service: str) -> None:
    """Print the last lines of the chosen logs, then new lines, until interrupted.

    Raises:
        LocalError: There is no such log.
    """
    folder = loop.settings.logs_dir
    names = sorted(path.stem for path in folder.glob("*.log"))
    chosen = [service] if service else names
    if not names:
        raise LocalError("There are no logs yet.", remedy="make up")
    if not set(chosen) <= set(names):
        raise LocalError(
            f"There is no log named {service}.", remedy=f"make logs SERVICE=... (one of {', '.join(names)})"
        )
    files = {name: _Followed(folder / f"{name}.log") for name in chosen}
    for name in chosen:
        for line in tail(folder / f"{name}.log", lines=10):
            _show(loop, name, line, chosen)
    while True:
        new = [(name, line) for name, file in files.items() for line in file.lines()]
        for name, line in new:
            _show(loop, name, line, chosen)
        if not new:
            time.sleep(_POLL_S)


class _Followed:
    """The new lines of a log; one that was rotated or recreated is read from its start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO = path.open(encoding="utf-8", errors="replace")
        self._file.seek(0, 2)

    def lines(self) -> list[str]:
        lines = self._file.readlines()
        if not lines and self._path.exists() and self._path.stat().st_ino != os.fstat(self._file.fileno()).st_ino:
            self._file.close()
            self._file = self._path.open(encoding="utf-8", errors="replace")
            lines = self._file.readlines()
        return [line.rstrip("\n") for line in lines]


def _show(loop: Loop, name: str, line: str, chosen: list[str]) -> None:
    colour = _COLOURS[chosen.index(name) % len(_COLOURS)]
    loop.terminal.console.print(Text.assemble((f"{name:<12}", colour), line), soft_wrap=True)
