"""A function's process: what it wrote is taken up with its answer, and one that did not start leaves nothing behind.

A function writes its log before its answer, so all of it is in the pipe once the answer is read. ministack 1.5.33 waits
all the same: 5 ms for a further line, and 50 ms for a function that writes none. It also leaves the unpacked code of
each start that failed, which takes what is left of a full disk.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
from typing import IO, TYPE_CHECKING, Any

from ministack.core import lambda_runtime

if TYPE_CHECKING:
    import queue

_AT_ONCE = 65_536
_LAST_WORDS_S = 1.0


class Worker(lambda_runtime.Worker):  # type: ignore[misc] # ministack has no types
    """A function's process, of which two read the log: a thread, lest a full pipe stop it, and who wants it now."""

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 (passed on)
        super().__init__(*arguments)
        self._reading = threading.Lock()

    def _spawn(self) -> None:
        with contextlib.ExitStack() as failed:
            failed.callback(self.kill)
            super()._spawn()
            failed.pop_all()

    def _read_stderr(self) -> None:
        """Read until the process has ended."""
        pipe, pieces = self._proc.stderr, self._stderr_queue
        while self._read_what_is_there(pipe, pieces):
            select.select([pipe], [], [])

    def _read_what_is_there(self, pipe: IO[str], pieces: queue.Queue[bytes]) -> bool:
        """Tells whether there may be more."""
        with self._reading:
            os.set_blocking(pipe.fileno(), False)
            try:
                while piece := os.read(pipe.fileno(), _AT_ONCE):
                    pieces.put(piece)
            except BlockingIOError:
                return True
            return False

    def _drain_stderr(self) -> str:
        if self._proc:
            self._read_what_is_there(self._proc.stderr, self._stderr_queue)
        else:  # it was ended, and its pipe with it
            self._stderr_thread.join(_LAST_WORDS_S)
        pieces = []
        while not self._stderr_queue.empty():
            pieces.append(self._stderr_queue.get_nowait())
        return b"".join(pieces).decode(errors="replace").removesuffix("\n")

    def _drain_stderr_bounded(self) -> str:
        return self._drain_stderr()


def install() -> None:
    """Have functions run in such workers from now on."""
    lambda_runtime.Worker = Worker
