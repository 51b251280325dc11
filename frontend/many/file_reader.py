"""Reads an uploaded file through a process of its own (`frontend.many.reader`), which can be stopped at any time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frontend.clients.problems import ProblemError
from frontend.many.preview import FilePreview
from frontend.many.reader import TOO_LARGE
from frontend.many.rows import Text, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from frontend.many.rows import Row
    from sentiment.reviews.reading import Columns

PREVIEW_S = 60.0
"""After so many seconds, the first rows of a file are given up."""
_PROJECT = Path(__file__).parents[2]


class FileReader:
    """Reads one file, for one reader at a time.

    Args:
        file: The file; what is unpacked of it is stored beside it.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._process: subprocess.Popen[bytes] | None = None

    def preview(self, columns: Columns | None = None) -> FilePreview:
        """Return what the file seems to be, given the columns that somebody chose.

        Raises:
            ProblemError: It cannot be read; what the message quotes of it is text of the user's.
        """
        lines = self._said("preview", columns, threading.Event())
        timer = threading.Timer(PREVIEW_S, self.stop)
        timer.start()
        try:
            (found,) = lines
        finally:
            timer.cancel()
        names, first = tuple(found["names"]), tuple(map(_row, found["first"]))
        return FilePreview(names, found["text"], found["title"], found["doubt"], first)

    def rows(self, columns: Columns | None, stopped: threading.Event) -> Iterator[Row]:
        """Yield the rows of the file, the same ones each time.

        Args:
            columns: The columns that somebody chose.
            stopped: Whoever sets it and then calls `stop` ends the reading, whether it has begun or not.

        Raises:
            ProblemError: It cannot be read to its end, or was stopped.
        """
        return map(_row, self._said("rows", columns, stopped))

    def stop(self) -> None:
        """Stop reading. Any thread may call this."""
        if process := self._process:
            process.kill()

    def _said(self, task: str, columns: Columns | None, stopped: threading.Event) -> Iterator[Any]:
        """Yield what the process says; it has no environment, so no key of anything either."""
        asked = json.dumps(asdict(columns) if columns else None)
        command = [sys.executable, "-m", "frontend.many.reader", task, str(self._file), asked]
        environment = {"PYTHONPATH": str(_PROJECT), "PYTHONUTF8": "1", "TMPDIR": str(self._file.parent)}
        if path := os.environ.get("PATH"):
            environment["PATH"] = path
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=self._file.parent) as process:
            self._process = process
            if stopped.is_set():
                process.kill()
            try:
                for line in process.stdout or ():
                    row = json.loads(line)
                    if isinstance(row, dict) and "problem" in row:
                        raise ProblemError(row["problem"], may_repeat=row["may_repeat"])
                    if row == {"end": True}:
                        return
                    yield row
            finally:
                self._process = None
                process.kill()  # whoever has seen enough reads no further
        raise ProblemError(TOO_LARGE, may_repeat=False)


def _row(values: list[Any]) -> Row:
    return Text(*values) if len(values) == len(Text._fields) else Unread(*values)
