"""Where uploaded files are stored, and how many there may be: for all sessions of a server."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path

from frontend.settings import Settings

MAX_FILES = 20
"""Each takes up to three times its size: itself, and what comes out of it."""
PREFIX = "sentiment-loop-pages-"
_LOCK = "lock"


class Places:
    """A folder for the uploaded files, and places for them.

    The folder is removed when the server stops. That of a server that was killed is removed by the next one.

    Attributes:
        folder: For a folder of each file.
        files: How many files there may be.
        running: How many of them may be predicted at once.
    """

    def __init__(self, running: int, files: int = MAX_FILES, parent: Path | None = None) -> None:
        parent = parent or Path(tempfile.gettempdir())
        _remove_left(parent)
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        self._lock = (self.folder / _LOCK).open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)  # ends with the process, however that ends
        self.files = threading.BoundedSemaphore(files)
        self.running = threading.BoundedSemaphore(running)

    def close(self) -> None:
        """Remove all files."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


@cache  # not Streamlit's: the server itself asks for them, too, and they are not forgotten while it runs
def places() -> Places:
    """Return those of this server."""
    return Places(running=Settings().frontend_jobs)


def _remove_left(parent: Path) -> None:
    """Remove the folders of servers that are gone; another's, or one of another user, is left alone."""
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError), (folder / _LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
