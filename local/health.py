"""Health checks of the loop's servers: whether each answers and belongs to this loop, now or after a wait."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psutil
from tenacity import RetryError as TimedOut
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from local.addresses import (
    ADMINISTRATION_FILE,
    ADMINISTRATION_HEADER,
    IDENTITY_PATH,
    MWAA_SERVICE,
    SERVICE,
    SNAPSHOT_PATH,
)
from local.errors import LocalError
from local.http_client import get, post
from local.monitoring import password
from local.monitoring.programs import home
from local.ports import HOST
from local.programs import run_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local.monitoring.servers import Server
    from local.supervision import Supervisor
    from local.terminal import Step

_HANGS_AFTER_S = 15
"""A server that has run this much longer than the timeout is not starting any more."""
_BESIDE = "Set LOOP_NAME=... to deploy another loop beside it, or run make down in its folder and start LocalStack"
_START_LOCALSTACK = (
    "docker compose -f localstack-compose.yml up -d --wait localstack (or set ENDPOINT=http://... to its address)"
)


@dataclass(frozen=True)
class Health:
    """The result of a health check.

    `problem` is empty when the server is up and belongs to this loop. Waiting does not solve a `permanent` problem.
    """

    problem: str
    answer: dict[str, Any]
    permanent: bool = False

    @property
    def ok(self) -> bool:
        """Whether the server is up and belongs to this loop."""
        return not self.problem


def ask_emulator(state_dir: Path, port: int) -> Health:
    """Check the emulator by its identity."""
    problem, answer = get(f"http://{HOST}:{port}{IDENTITY_PATH}")
    if not problem and answer.get("run_id") != run_id(state_dir):
        problem = _another_server(port)
    return Health(problem, answer)


def ask_mlflow(pids: list[int], port: int) -> Health:
    """Check MLflow by its version; one of the processes, or a child of one, must be the listener."""
    return _ask_listener(pids, port, "/version")


def ask_frontend(pids: list[int], port: int) -> Health:
    """Check the server of the web pages; one of the processes must be the listener."""
    return _ask_listener(pids, port, "/_stcore/health")


def ask_airflow(pids: list[int], port: int) -> Health:
    """Check Airflow's API server and its database; one of the processes, or a child of one, must be the listener.

    The API that tasks use is called too: Airflow 3.3.1 builds it at the first request and answers nothing else for
    seconds. Otherwise the first task would wait for that.
    """
    problem, answer = get(f"http://{HOST}:{port}/api/v2/monitor/health")
    if not problem and not any(_listens(pid, port) for pid in pids):
        problem = _another_server(port)
    if not problem and answer.get("metadatabase", {}).get("status") != "healthy":
        problem = "its metadata database is not healthy"
    if not problem:
        problem, _ = get(f"http://{HOST}:{port}/execution/health")
    return Health(problem, answer)


def ask_airflow_job(job: str, port: int, *, since: float) -> Health:
    """Check by its heartbeat that Airflow's scheduler or DAG processor is alive.

    Args:
        job: `scheduler` or `dag_processor`.
        port: The API server's.
        since: When the process started, in unix seconds; a heartbeat of a killed predecessor does not count.
    """
    problem, answer = get(f"http://{HOST}:{port}/api/v2/monitor/health")
    reported = answer.get(job, {})
    if not problem and reported.get("status") != "healthy":
        problem = "Airflow has no recent heartbeat of it"
    if not problem and datetime.fromisoformat(reported[f"latest_{job}_heartbeat"]).timestamp() < int(since):
        problem = "Airflow has no heartbeat since it was started"
    return Health(problem, answer)


def ask_mwaa(state_dir: Path, port: int) -> Health:
    """Check the MWAA API by its identity."""
    problem, answer = get(f"http://{HOST}:{port}{IDENTITY_PATH}")
    if not problem and (answer.get("service"), answer.get("run_id")) != (MWAA_SERVICE, run_id(state_dir)):
        problem = _another_server(port)
    return Health(problem, answer)


def ask_monitoring(server: Server, pids: list[int], port: int, state_dir: Path) -> Health:
    """Check a server of the monitoring by its page; one of the processes, or a child of one, must be the listener."""
    ours = any(_listens(pid, port) for pid in pids)
    headers = password.header(password.ensure(home(state_dir))) if ours and server.asks_for_password else {}
    problem, answer = get(f"http://{HOST}:{port}{server.ready}", headers=headers)
    return Health(problem if problem or ours else _another_server(port), answer)


def ask_localstack(endpoint: str, *, loop_name: str) -> Health:
    """Check LocalStack by its services; the embedded emulator of a loop with another name is accepted as well."""
    problem, answer = get(f"{endpoint}/_localstack/health")
    if not problem and "services" not in answer:
        problem = f"the server at {endpoint} is not LocalStack"
    identity = get(f"{endpoint}{IDENTITY_PATH}")[1]
    if identity.get("service") == SERVICE and identity.get("loop") == loop_name:
        return Health(f"{endpoint} is the embedded emulator of the loop {loop_name}", answer, permanent=True)
    return Health(problem, answer)


def take_snapshot(state_dir: Path, port: int) -> None:
    """Make the emulator save everything now.

    Raises:
        OSError: It does not answer, could not save, or is another folder's.
    """
    token = (state_dir / "emulator" / ADMINISTRATION_FILE).read_text()
    post(f"http://{HOST}:{port}{SNAPSHOT_PATH}", headers={ADMINISTRATION_HEADER: token}, timeout_s=60)


def wait_for(name: str, supervisor: Supervisor, ask: Callable[[], Health], *, timeout_s: float, step: Step) -> Health:
    """Poll a supervised server until it answers.

    Raises:
        LocalError: It exited, or it runs and has not answered within `timeout_s`; the message says which.
    """
    log = supervisor.logs_dir / f"{name}.log"

    def look() -> Health:
        state = supervisor.state(name)
        if state.failed:
            raise LocalError(f"{name} exited while starting ({state.ended}).", remedy="make up", log=log)
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
                f"{name} has been running for {running_s:.0f} s but does not answer (process {pid}; {health.problem}).",
                remedy="make down, then make up",
                log=log,
            ) from timeout
        raise LocalError(
            f"{name} is still starting after {timeout_s:.0f} s (process {pid}; {health.problem}).",
            remedy="Give it more time: START_TIMEOUT_S=300 make up. If it hangs: make down, then make up",
            log=log,
        ) from timeout
    step.detail = ""
    return health


def wait_for_localstack(endpoint: str, *, loop_name: str, timeout_s: float, step: Step) -> Health:
    """Poll LocalStack, which the user starts, until it answers.

    Raises:
        LocalError: It did not answer within `timeout_s`, or it is the embedded emulator of a loop with that name.
    """

    def look() -> Health:
        health = ask_localstack(endpoint, loop_name=loop_name)
        step.detail = health.problem
        if health.permanent:
            raise LocalError(f"Not a LocalStack for this loop: {health.problem}.", remedy=_BESIDE)
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


def _ask_listener(pids: list[int], port: int, page: str) -> Health:
    problem, answer = get(f"http://{HOST}:{port}{page}")
    if not problem and not any(_listens(pid, port) for pid in pids):
        problem = _another_server(port)
    return Health(problem, answer)


def _another_server(port: int) -> str:
    return f"another server answers on port {port}"


def _listens(pid: int, port: int) -> bool:
    """Say whether a process or a child of one listens on a port."""
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)] if pid else []
    except psutil.NoSuchProcess:
        return False
    return any(port in _listening(process) for process in family)


def _listening(process: psutil.Process) -> set[int]:
    try:
        return {c.laddr.port for c in process.net_connections("tcp") if c.status == psutil.CONN_LISTEN}
    except (psutil.NoSuchProcess, psutil.AccessDenied):  # one that is ending is denied to anybody but root
        return set()
