"""Starts servers: ends strays, chooses a port, has the program supervised, and waits until it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local import health, programs
from local.airflow import command_line, secrets
from local.airflow.installation import install
from local.airflow.programs import (
    AIRFLOW,
    AIRFLOW_JOBS,
    DAG_PROCESSOR,
    MWAA,
    airflow_programs,
    home,
    mwaa_program,
    process_environment,
)
from local.errors import LocalError
from local.monitoring import finding
from local.monitoring.programs import monitoring_programs, runnable
from local.monitoring.servers import SERVERS
from local.processes import end
from local.settings import Monitoring
from local.watchdog import watchdog_program

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from local.health import Health
    from local.loop import Loop
    from local.monitoring.servers import Server
    from local.supervision import Program
    from local.terminal import Step


def supervisor(loop: Loop) -> bool:
    """Make sure that the supervisor runs, and no process of this folder outside it. Returns whether it was started."""
    strays = loop.supervisor.strays()
    if strays:
        loop.terminal.warn(f"Stopping {len(strays)} processes that a killed run left behind.")
        end(strays, timeout_s=loop.settings.stop_timeout_s)
    fresh = not loop.supervisor.is_running()
    if fresh:
        loop.supervisor.start()
    loop.supervisor.ensure(watchdog_program(loop.supervisor))
    return fresh


def emulator(loop: Loop, step: Step) -> Health:
    """Start the emulator unless it runs, and wait until it answers."""
    port = _port(loop, programs.EMULATOR, loop.settings.emulator_port)
    loop.supervisor.ensure(programs.emulator_program(loop.state_dir, port, loop_name=loop.settings.loop_name))
    return _wait(loop, programs.EMULATOR, lambda: health.ask_emulator(loop.state_dir, port), step)


def launch_mlflow(loop: Loop, *, artifacts_bucket: str) -> None:
    """Start the tracking server unless it runs, without waiting for it."""
    port = choose_mlflow_port(loop)
    program = programs.mlflow_program(loop.state_dir, port, endpoint=loop.endpoint, artifacts_bucket=artifacts_bucket)
    loop.supervisor.ensure(program)


def mlflow(loop: Loop, step: Step, *, artifacts_bucket: str) -> Health:
    """Start the tracking server unless it runs, and wait until it answers."""
    launch_mlflow(loop, artifacts_bucket=artifacts_bucket)
    port = loop.ports.known()[programs.MLFLOW]

    def ask() -> Health:
        return health.ask_mlflow([loop.supervisor.state(programs.MLFLOW).pid], port)

    return _wait(loop, programs.MLFLOW, ask, step)


def launch_frontend(loop: Loop, deployment: Mapping[str, str]) -> bool:
    """Start the server of the web pages, without waiting for it; where it is off, end it. Returns whether it is on."""
    if not loop.settings.frontend:
        if any(state.name == programs.FRONTEND and not state.stopped for state in loop.supervisor.states()):
            loop.supervisor.stop(programs.FRONTEND)
        return False
    port = _port(loop, programs.FRONTEND, loop.settings.frontend_port)
    loop.supervisor.ensure(programs.frontend_program(loop.state_dir, port, deployment))
    return True


def frontend(loop: Loop, step: Step) -> Health:
    """Wait until the server of the web pages answers."""
    port = loop.ports.known()[programs.FRONTEND]

    def ask() -> Health:
        return health.ask_frontend([loop.supervisor.state(programs.FRONTEND).pid], port)

    return _wait(loop, programs.FRONTEND, ask, step)


def choose_mwaa_port(loop: Loop) -> int:
    """The MWAA API's port, with which the retrain function is deployed."""
    return _port(loop, MWAA, loop.settings.mwaa_port)


def choose_mlflow_port(loop: Loop) -> int:
    """MLflow's port, with which the monitor is deployed."""
    return _port(loop, programs.MLFLOW, loop.settings.mlflow_port)


def launch_airflow(loop: Loop, s3: S3Client, *, bucket: str) -> None:
    """Start Airflow and the MWAA API on the bundle that is in the bucket, without waiting for them."""
    port, mwaa_port = _port(loop, AIRFLOW, loop.settings.airflow_port), choose_mwaa_port(loop)
    for program in prepare_airflow(loop, s3, port, mwaa_port, bucket=bucket):
        loop.supervisor.ensure(program)


def prepare_airflow(loop: Loop, s3: S3Client, port: int, mwaa_port: int, *, bucket: str) -> list[Program]:
    """Install the bundle that is in the bucket; return the programs that run it, in the order to start them."""
    folder = home(loop.state_dir)
    kept = secrets.ensure(folder)
    installed = install(s3, bucket, folder)
    environment = process_environment(
        loop.state_dir, port, endpoint=loop.endpoint, mwaa_url=loop.mwaa_url, installed=installed
    )
    command_line.prepare(folder, environment, secrets=kept, installed=installed)
    return [*airflow_programs(environment, bucket=bucket), mwaa_program(loop, environment, mwaa_port, bucket=bucket)]


def airflow(loop: Loop, step: Step, *, dag_problem: Callable[[], str]) -> Health:
    """Wait until every process of Airflow and the MWAA API answer, and the DAG is loaded.

    `dag_problem` returns what keeps the DAG from running; empty when nothing does.
    """
    port = loop.ports.known()[AIRFLOW]

    def ask_server() -> Health:
        return health.ask_airflow([loop.supervisor.state(AIRFLOW).pid], port)

    answered = _wait(loop, AIRFLOW, ask_server, step)
    for name, job in AIRFLOW_JOBS.items():

        def ask_job(name: str = name, job: str = job) -> Health:
            return health.ask_airflow_job(job, port, since=loop.supervisor.state(name).started_at)

        _wait(loop, name, ask_job, step)
    _wait(loop, MWAA, lambda: health.ask_mwaa(loop.state_dir, loop.ports.known()[MWAA]), step)
    _wait(loop, DAG_PROCESSOR, lambda: health.Health(dag_problem(), {}), step)
    return answered


def obtain_monitoring(loop: Loop) -> dict[str, Path]:
    """Return the programs of the monitoring, by server, that this machine has or can get; none if it is off."""
    return {} if loop.settings.monitoring is Monitoring.OFF else finding.obtain(loop)


def launch_monitoring(loop: Loop, found: dict[str, Path], *, alerting: str = "") -> list[Server]:
    """Start the servers of the monitoring, without waiting; end others. Returns which run.

    Args:
        loop: The loop.
        found: What `obtain_monitoring` returned.
        alerting: The text of Alertmanager's configuration; empty for the one before.
    """
    wanted = runnable(found)
    for state in loop.supervisor.states():
        if state.name in {server.name for server in SERVERS} - set(wanted) and not state.stopped:
            loop.supervisor.stop(state.name)
    ports = {name: _port(loop, name, getattr(loop.settings, f"{name}_port")) for name in wanted}
    if ports:
        for program in monitoring_programs(
            loop.state_dir, found, ports, rules_dir=loop.settings.alert_rules, alerting=alerting
        ):
            loop.supervisor.ensure(program)
    return [server for server in SERVERS if server.name in ports]


def monitoring(loop: Loop, step: Step, launched: list[Server]) -> list[str]:
    """Wait until servers of the monitoring answer. Returns what is wrong with others: the loop works without them."""
    problems = []
    for server in launched:
        port = loop.ports.known()[server.name]

        def ask(server: Server = server, port: int = port) -> Health:
            return health.ask_monitoring(server, [loop.supervisor.state(server.name).pid], port, loop.state_dir)

        try:
            _wait(loop, server.name, ask, step)
        except LocalError as error:
            problems.append(f"{error.message} The loop works without it. Why: make logs SERVICE={server.name}")
    return problems


def _wait(loop: Loop, name: str, ask: Callable[[], Health], step: Step) -> Health:
    return health.wait_for(name, loop.supervisor, ask, timeout_s=loop.settings.start_timeout_s, step=step)


def _port(loop: Loop, server: str, preferred: int) -> int:
    known = loop.ports.known()
    if server in {state.name for state in loop.supervisor.states() if state.alive}:
        if server in known:
            return known[server]
        loop.supervisor.stop(server)  # the file with its port is gone
    explicit = f"{server}_port" in loop.settings.model_fields_set
    port, note = loop.ports.choose(server, preferred=preferred, explicit=explicit)
    if note:
        loop.terminal.warn(note)
    return port
