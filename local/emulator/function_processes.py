"""A function's process: its log is collected with its answer, and a failed start leaves nothing behind.

A function writes its log before its answer, so all of it is in the pipe once the answer is read. ministack 1.5.33 waits
nevertheless: 5 ms for a further line, and 50 ms for a function that writes none. It also leaves the unpacked code of
each failed start, which fills up a full disk further.
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

_READ_BYTES = 65_536
_LAST_OUTPUT_S = 1.0


class Worker(lambda_runtime.Worker):  # type: ignore[misc] # ministack has no types
    """A function's process. Its log is read by a thread, so that the pipe never fills up, and by who needs it now."""

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
        while self._read_available(pipe, pieces):
            select.select([pipe], [], [])

    def _read_available(self, pipe: IO[str], pieces: queue.Queue[bytes]) -> bool:
        """Read without waiting. Returns whether there may be more later."""
        with self._reading:
            os.set_blocking(pipe.fileno(), False)
            try:
                while piece := os.read(pipe.fileno(), _READ_BYTES):
                    pieces.put(piece)
            except BlockingIOError:
                return True
            return False

    def _drain_stderr(self) -> str:
        if self._proc:
            self._read_available(self._proc.stderr, self._stderr_queue)
        else:  # it was ended, and its pipe with it
            self._stderr_thread.join(_LAST_OUTPUT_S)
        pieces = []
        while not self._stderr_queue.empty():
            pieces.append(self._stderr_queue.get_nowait())
        return b"".join(pieces).decode(errors="replace").removesuffix("\n")

    def _drain_stderr_bounded(self) -> str:
        return self._drain_stderr()


def install() -> None:
    """Patch ministack."""
    lambda_runtime.Worker = Worker
