"""Runs Airflow's scheduler so that tasks start at once and a killed worker blocks nothing.

Started as a script by `launch.py`, and imported again by each worker: standard library only until it runs.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import sys
from multiprocessing import forkserver
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PRELOAD_VARIABLE = "LAUNCH_PRELOAD"
"""Environment variable with the modules that the server that forks workers imports once."""


def main() -> None:
    """Start the server that forks workers, which Airflow would start with the first task, then the scheduler."""
    multiprocessing.set_forkserver_preload(os.environ.pop(PRELOAD_VARIABLE).split(","))
    forkserver.ensure_running()
    from airflow.__main__ import main as airflow  # noqa: PLC0415 (takes seconds, while the other imports too)
    from airflow.executors.local_executor import LocalExecutor  # noqa: PLC0415 (as above)

    LocalExecutor.heartbeat = ending_with_a_worker(LocalExecutor.heartbeat)  # type: ignore[assignment,method-assign]
    sys.argv[0] = "airflow"
    sys.exit(airflow())  # type: ignore[no-untyped-call]


def ending_with_a_worker(heartbeat: Callable[[Any], None]) -> Callable[[Any], None]:
    """The executor's heartbeat, which first kills the scheduler's process group if a worker was killed.

    An idle worker holds the lock of the queue that all workers read from. Airflow 3.3.1 would start others, which wait
    for that lock for ever. Its supervisor starts the scheduler again, which queues the lost tasks again.
    """

    @functools.wraps(heartbeat)
    def checked(executor: Any) -> None:  # noqa: ANN401 (Airflow's, imported when it runs)
        killed = [pid for pid, worker in executor.workers.items() if worker.exitcode]
        if killed:
            executor.log.error("Workers %s were killed: the scheduler is started again", killed)
            os.killpg(os.getpgrp(), signal.SIGKILL)
        heartbeat(executor)

    return checked


if __name__ == "__main__":
    main()
