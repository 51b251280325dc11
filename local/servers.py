"""The servers of the loop: how each is started, and how each is asked whether it is up and ours."""

from __future__ import annotations

import http.client
import json
import sys
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil
from tenacity import RetryError as TimedOut
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from local.addresses import IDENTITY_PATH, SERVICE, SNAPSHOT_PATH
from local.environment import CREDENTIALS
from local.errors import LocalError
from local.files import write_whole
from local.ports import HOST
from local.settings import ROOT
from local.supervision import HOME_VARIABLE, Program, Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local.terminal import Step

EMULATOR = "emulator"
MLFLOW = "mlflow"
LOCALSTACK = "localstack"
ANSWER_TIMEOUT_S = 5.0
_HANGS_AFTER_S = 15
"""A server that ran so much longer than it was waited for is not starting any more."""
_BESIDE = "LOOP_NAME=... for a loop of another name beside it, or make down there and then start LocalStack"
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


def emulator_program(state_dir: Path, port: int, *, loop_name: str) -> Program:
    """Describe the emulator of one loop, with its state under `state_dir`.

    It is not restarted behind the user's back: `make up` does that, and tells what was lost.
    """
    return Program(
        name=EMULATOR,
        command=[str(ROOT / ".emulator" / "bin" / "python"), "-m", "local.emulator"],
        environment={
            HOME_VARIABLE: str(state_dir),
            "GATEWAY_PORT": str(port),
            "EMULATOR_STATE": str(state_dir / "emulator"),
            "RUN_ID": run_id(state_dir),
            "LOOP_NAME": loop_name,
        },
        restart=False,
        stop_group=False,
    )


def mlflow_program(state_dir: Path, port: int, *, endpoint: str, artifacts_bucket: str) -> Program:
    """Describe the tracking server: runs in SQLite under `state_dir`, artifacts in the emulator's S3."""
    return Program(
        name=MLFLOW,
        command=[
            *(
                sys.executable,
                "-m",
                "mlflow",
                "server",
                "--host",
                HOST,
                "--port",
                str(port),
                "--workers",
                "1",
            ),
            *("--backend-store-uri", f"sqlite:///{state_dir / 'mlflow.db'}"),
            *("--artifacts-destination", f"s3://{artifacts_bucket}/mlflow"),
        ],
        environment={
            HOME_VARIABLE: str(state_dir),
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ENDPOINT_URL_S3": endpoint,
            "MLFLOW_S3_ENDPOINT_URL": endpoint,
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # agents and scorers: 0.5 GB of processes nobody uses here
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
            "NO_PROXY": f"{HOST},localhost",
        },
        restart=True,
        stop_group=True,
    )


def run_id(state_dir: Path) -> str:
    """What tells this folder's servers from any other's: made once, kept until `make reset`."""
    path = state_dir / "run-id"
    known = path.read_text() if path.exists() else ""
    if not known:
        known = uuid.uuid4().hex
        write_whole(path, known)
    return known


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
    request = urllib.request.Request(f"http://{HOST}:{port}{SNAPSHOT_PATH}", method="POST")
    with _opener.open(request, timeout=60):
        pass


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


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy: these are loopback


def get(url: str, *, timeout_s: float = ANSWER_TIMEOUT_S) -> tuple[str, dict[str, Any]]:
    """GET a JSON document. Returns what went wrong (empty when nothing did) and the document."""
    try:
        with _opener.open(url, timeout=timeout_s) as response:
            text = response.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return f"it answers {error.code}", {}
    except http.client.HTTPException as error:
        return f"it does not speak HTTP ({error!r})", {}
    except OSError as error:
        return f"no answer yet ({getattr(error, 'reason', error)})", {}
    try:
        answer = json.loads(text)
    except ValueError:
        answer = {"text": text}
    return "", answer if isinstance(answer, dict) else {"value": answer}


def _listens(pid: int, port: int) -> bool:
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)] if pid else []
        return any(
            c.laddr.port == port for p in family for c in p.net_connections("tcp") if c.status == psutil.CONN_LISTEN
        )
    except psutil.NoSuchProcess:
        return False
