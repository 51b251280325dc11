"""`python -m local.watchdog`: starts a killed supervisor again, and ends what a killed server left behind.

It is an event listener of the supervisor, which starts it again when it dies: each of the two brings the other back.
"""

from __future__ import annotations

import http.client
import logging
import os
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

import psutil

from local.errors import LocalError
from local.lock import exclusive
from local.processes import HOME_VARIABLE, end, mark_of
from local.supervision import Program, Supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator

WATCHDOG = "watchdog"
_STOP_TIMEOUT = "STOP_TIMEOUT_S"
_EVENTS = ("PROCESS_STATE_EXITED", "PROCESS_STATE_BACKOFF")
_LEFT_BEHIND_S = 5.0
"""For children of a killed server, which have nothing to save."""
_AGAIN_S = 1.0

logger = logging.getLogger("sentiment-loop")


def watchdog_program(supervisor: Supervisor) -> Program:
    """Describe the watchdog of a supervisor."""
    return Program(
        name=WATCHDOG,
        command=[sys.executable, "-m", "local.watchdog"],
        environment={**mark_of(supervisor.state_dir), _STOP_TIMEOUT: str(supervisor.stop_timeout_s)},
        stop_group=False,
        events=_EVENTS,
    )


def main() -> None:
    """Watch until the supervisor is gone, then start it again and end."""
    supervisor = Supervisor(Path(os.environ[HOME_VARIABLE]), stop_timeout_s=float(os.environ[_STOP_TIMEOUT]))
    log = supervisor.logs_dir / f"{WATCHDOG}.log"  # the supervisor's pipe ends with it
    logging.basicConfig(filename=log, level=logging.INFO, format="%(asctime)s %(message)s")
    _end_what_was_left(supervisor)
    for _ in _events(sys.stdin, sys.stdout):
        _end_what_was_left(supervisor)
    while not _supervised_again(supervisor):
        time.sleep(_AGAIN_S)


def _events(stdin: IO[str], stdout: IO[str]) -> Iterator[None]:
    """Yield for each event, in supervisord's protocol, until supervisord has closed the pipes."""
    try:
        while True:
            print("READY", file=stdout, flush=True)
            header = stdin.readline()
            if not header:
                return
            length = dict(part.split(":") for part in header.split())["len"]
            stdin.read(int(length))
            yield
            print("RESULT 2\nOK", end="", file=stdout, flush=True)
    except BrokenPipeError:
        return


def _end_what_was_left(supervisor: Supervisor) -> None:
    """End the processes that no running server owns, such as a killed server's child, which holds its port."""
    try:
        if supervisor.is_running():
            _end_all(supervisor, timeout_s=_LEFT_BEHIND_S)
    except (OSError, http.client.HTTPException, psutil.NoSuchProcess) as error:
        logger.warning("the supervisor ended meanwhile: %s", error)


def _supervised_again(supervisor: Supervisor) -> bool:
    """Start the supervisor with the servers that it ran, unless a command does so or has stopped them."""
    try:
        with exclusive(supervisor.state_dir, "the restart after the supervisor died"):
            if not supervisor.is_running():
                logger.warning("the supervisor died: its servers are stopped and started again")
                _end_all(supervisor, timeout_s=supervisor.stop_timeout_s)
                supervisor.restart()
                logger.warning("the supervisor is started again")
    except (LocalError, OSError) as error:
        logger.warning("the supervisor cannot be started: %s", error)
        return False
    return True


def _end_all(supervisor: Supervisor, *, timeout_s: float) -> None:
    left = [process for process in supervisor.strays() if process.pid != os.getpid()]
    if left:
        logger.warning("ending %s", ", ".join(str(process.pid) for process in left))
        end(left, timeout_s=timeout_s)


if __name__ == "__main__":
    main()
