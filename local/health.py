"""The servers of the loop, asked: whether each is up and ours, now or after a while."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psutil
from tenacity import RetryError as TimedOut
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from local.addresses import IDENTITY_PATH, MWAA_SERVICE, SERVICE, SNAPSHOT_PATH
from local.errors import LocalError
from local.http_client import get, post
from local.ports import HOST
from local.programs import run_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local.supervision import Supervisor
    from local.terminal import Step

_HANGS_AFTER_S = 15
"""A server that ran so much longer than it was waited for is not starting any more."""
_BESIDE = (
    "LOOP_NAME=... for a loop of another name beside it, or end that loop in its own folder, then start LocalStack"
)
_START_LOCALSTACK = "docker compose -f localstack-compose.yml up -d --wait (ENDPOINT=http://... for another address)"


@dataclass(frozen=True)
class Health:
    """What a server says when asked.

    `problem` is empty when it is up and ours. `permanent` tells a problem that waiting does not mend.
    """

    problem: str
    answer: dict[str, Any]
    permanent: bool = False

    @property
    def ok(self) -> bool:
        """Whether it is up and ours."""
        return not self.problem


def ask_emulator(state_dir: Path, port: int) -> Health:
    """Ask the emulator who it is."""
    problem, answer = get(f"http://{HOST}:{port}{IDENTITY_PATH}")
    if not problem and answer.get("run_id") != run_id(state_dir):
        problem = f"port {port} is answered by somebody else's server"
    return Health(problem, answer)


def ask_mlflow(pids: list[int], port: int) -> Health:
    """Ask MLflow for its version, and see that the listener is one of the processes or a child of one."""
    problem, answer = get(f"http://{HOST}:{port}/version")
    if not problem and not any(_listens(pid, port) for pid in pids):
        problem = f"port {port} is answered by somebody else's server"
    return Health(problem, answer)


def ask_airflow(pids: list[int], port: int) -> Health:
    """Ask Airflow's API server for its database, and see that one of the processes or a child of one listens.

    And for the API that tasks use: Airflow 3.3.1 builds it at the first request, for seconds in which it answers
    nothing else. The first task, and who waits for it, would meet that.
    """
    problem, answer = get(f"http://{HOST}:{port}/api/v2/monitor/health")
    if not problem and not any(_listens(pid, port) for pid in pids):
        problem = f"port {port} is answered by somebody else's server"
    if not problem and answer.get("metadatabase", {}).get("status") != "healthy":
        problem = "its metadata database does not answer"
    if not problem:
        problem, _ = get(f"http://{HOST}:{port}/execution/health")
    return Health(problem, answer)


def ask_airflow_job(job: str, port: int, *, since: float) -> Health:
    """Ask Airflow whether its scheduler or DAG processor has said that it lives, since it was started.

    Args:
        job: `scheduler` or `dag_processor`.
        port: The API server's.
        since: When the process started, in unix seconds; what a killed one said before does not count.
    """
    problem, answer = get(f"http://{HOST}:{port}/api/v2/monitor/health")
    said = answer.get(job, {})
    if not problem and said.get("status") != "healthy":
        problem = "Airflow has not heard of it lately"
    if not problem and datetime.fromisoformat(said[f"latest_{job}_heartbeat"]).timestamp() < int(since):
        problem = "Airflow has not heard of it since it was started"
    return Health(problem, answer)


def ask_mwaa(state_dir: Path, port: int) -> Health:
    """Ask the MWAA API who it is."""
    problem, answer = get(f"http://{HOST}:{port}{IDENTITY_PATH}")
    if not problem and (answer.get("service"), answer.get("run_id")) != (MWAA_SERVICE, run_id(state_dir)):
        problem = f"port {port} is answered by somebody else's server"
    return Health(problem, answer)


def ask_localstack(endpoint: str, *, loop_name: str) -> Health:
    """Ask LocalStack for its services and version; an emulator whose own loop has another name answers as well."""
    problem, answer = get(f"{endpoint}/_localstack/health")
    if not problem and "services" not in answer:
        problem = f"{endpoint} is answered by something that is not LocalStack"
    identity = get(f"{endpoint}{IDENTITY_PATH}")[1]
    if identity.get("service") == SERVICE and identity.get("loop") == loop_name:
        return Health(f"{endpoint} is the emulator of a make up, which has {loop_name} in it", answer, permanent=True)
    return Health(problem, answer)


def take_snapshot(port: int) -> None:
    """Have the emulator save everything now."""
    post(f"http://{HOST}:{port}{SNAPSHOT_PATH}", timeout_s=60)


def wait_for(name: str, supervisor: Supervisor, ask: Callable[[], Health], *, timeout_s: float, step: Step) -> Health:
    """Poll a supervised server until it answers.

    Raises:
        LocalError: It died, or it lives and has not answered within `timeout_s`. Which of the two is said.
    """
    log = supervisor.logs_dir / f"{name}.log"

    def look() -> Health:
        state = supervisor.state(name)
        if state.over:
            raise LocalError(f"{name} died while starting ({state.ended}).", remedy="make up", log=log)
        health = ask()
        step.detail = health.problem
        return health

    waiting = Retrying(
        retry=retry_if_result(lambda h: not h.ok), stop=stop_after_delay(timeout_s), wait=wait_fixed(0.15)
    )
    try:
        health = waiting(look)
    except TimedOut as timeout:
        health = timeout.last_attempt.result()
        state = supervisor.state(name)
        pid, running_s = state.pid, time.time() - state.started_at
        if running_s > timeout_s + _HANGS_AFTER_S:
            raise LocalError(
                f"{name} has run for {running_s:.0f} s but does not answer (process {pid}; {health.problem}).",
                remedy="make down, then make up",
                log=log,
            ) from timeout
        raise LocalError(
            f"{name} is still starting after {timeout_s:.0f} s (process {pid} lives; {health.problem}).",
            remedy="Give it longer: START_TIMEOUT_S=300 make up. If it hangs: make down, then make up",
            log=log,
        ) from timeout
    step.detail = ""
    return health


def wait_for_localstack(endpoint: str, *, loop_name: str, timeout_s: float, step: Step) -> Health:
    """Poll LocalStack, which somebody else started, until it answers.

    Raises:
        LocalError: It did not within `timeout_s`, or it is an emulator whose own loop has that name.
    """

    def look() -> Health:
        health = ask_localstack(endpoint, loop_name=loop_name)
        step.detail = health.problem
        if health.permanent:
            raise LocalError(f"This is not LocalStack: {health.problem}.", remedy=_BESIDE)
        return health

    waiting = Retrying(
        retry=retry_if_result(lambda h: not h.ok), stop=stop_after_delay(timeout_s), wait=wait_fixed(0.5)
    )
    try:
        return waiting(look)
    except TimedOut as timeout:
        raise LocalError(
            f"LocalStack does not answer at {endpoint}: {timeout.last_attempt.result().problem}.",
            remedy=_START_LOCALSTACK,
        ) from timeout


def _listens(pid: int, port: int) -> bool:
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)] if pid else []
        return any(
            c.laddr.port == port for p in family for c in p.net_connections("tcp") if c.status == psutil.CONN_LISTEN
        )
    except psutil.NoSuchProcess:
        return False
