"""`make status`: the state of every server."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import psutil
from botocore.exceptions import BotoCoreError, ClientError
from rich.table import Table

from local.airflow.programs import AIRFLOW, AIRFLOW_JOBS, MWAA
from local.health import (
    ask_airflow,
    ask_airflow_job,
    ask_emulator,
    ask_frontend,
    ask_localstack,
    ask_mlflow,
    ask_monitoring,
    ask_mwaa,
)
from local.http_client import get
from local.monitoring.finding import find
from local.monitoring.programs import runnable
from local.monitoring.servers import INSTALLED, SERVERS
from local.programs import EMULATOR, FRONTEND, LOCALSTACK, MLFLOW
from local.settings import Monitoring, Servers, Target
from local.watchdog import WATCHDOG
from ops import aws, deploy, outputs, recovery
from ops.drills import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.health import Health
    from local.loop import Loop
    from local.supervision import ProgramState


FEEDBACK_MANIFEST = "offline/sources/feedback.json"
"""What the last ingest made of the feedback, as `feature_repo` writes it; one small object of the lake."""

_UNSUPERVISED = "its supervisor died and is started again"
_SUPERVISOR = "supervisor"
_ITSELF = "starts again by itself; if it does not, make up"


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    ok: bool
    state: str
    address: str
    pid: int
    note: str
    absent: bool = False
    """Whether this machine does not have it, and need not."""


def status(loop: Loop) -> bool:
    """Print the table. Returns whether everything is up."""
    rows = ask_all(loop)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("", "state", "address", "process", "memory", "up for", ""):
        table.add_column(title, no_wrap=title not in {"", "state"})
    for row in rows:
        memory, uptime = _vitals(row.pid)
        name = f"{_mark(row)} {row.name}"
        note = loop.settings.addressed(row.note)
        table.add_row(name, row.state, row.address, str(row.pid or ""), memory, uptime, note)
    loop.terminal.console.print(table)
    up = all(row.ok for row in rows)
    crashes = recovery.crashes(loop)
    for sentence in crashes:
        loop.terminal.warn(sentence)
    if crashes:
        loop.terminal.note("It is running again. make reconcile makes tables, counters and lake agree.")
    if drilled := record.find(loop.state_dir):
        loop.terminal.warn(f"A drill of {drilled.alert} goes on, or was interrupted: then make drill mends it.")
    if not up:
        loop.terminal.warn("Not everything is up: make up starts what is down, make logs shows why it is.")
    return up


def ask_all(loop: Loop) -> list[Row]:
    """Check every server that the target should have; those in containers are Docker's to watch."""
    if loop.settings.servers is Servers.CONTAINERS:
        return [_localstack_row(loop), *_stacks_rows(loop), _api_row(loop), *_feedback_rows(loop)]
    rows = []
    supervised = loop.supervisor.is_running()
    known = {s.name: s for s in loop.supervisor.states()} if supervised else {}
    strays = [] if supervised else [process.pid for process in loop.supervisor.strays()]
    ports = loop.ports.known()
    if loop.settings.target is not Target.AWS:
        rows.append(_supervisor_row(loop, known))
    if loop.settings.target is Target.LOCAL:
        ask = partial(ask_emulator, loop.state_dir, ports.get(EMULATOR, loop.settings.emulator_port))
        rows.append(_server_row(EMULATOR, known, strays, loop.endpoint, ask))
    elif loop.settings.target is Target.LOCALSTACK:
        rows.append(_localstack_row(loop))
    if MLFLOW in known or MLFLOW in ports:
        pids = [known[MLFLOW].pid] if MLFLOW in known else strays
        ask = partial(ask_mlflow, pids, ports.get(MLFLOW, 0))
        rows.append(_server_row(MLFLOW, known, strays, loop.mlflow_url, ask))
    if loop.settings.frontend and (FRONTEND in known or FRONTEND in ports):
        pids = [known[FRONTEND].pid] if FRONTEND in known else strays
        ask = partial(ask_frontend, pids, ports.get(FRONTEND, 0))
        rows.append(_server_row(FRONTEND, known, strays, loop.frontend_url, ask))
    rows.extend(_airflow_rows(loop, known, strays))
    rows.extend(_monitoring_rows(loop, known, strays))
    rows += _stacks_rows(loop)
    rows.append(_api_row(loop))
    rows += _feedback_rows(loop)
    return rows


def _localstack_row(loop: Loop) -> Row:
    health = ask_localstack(loop.endpoint, loop_name=loop.settings.loop_name)
    return Row(LOCALSTACK, health.ok, health.problem or "up", loop.endpoint, 0, str(health.answer.get("version", "")))


def _supervisor_row(loop: Loop, known: dict[str, ProgramState]) -> Row:
    if not known:
        return Row(_SUPERVISOR, ok=False, state="down", address="", pid=0, note="")
    watched = WATCHDOG in known and known[WATCHDOG].alive
    state, note = ("up", "memory: with all servers") if watched else ("its watchdog is down", _ITSELF)
    return Row(_SUPERVISOR, ok=watched, state=state, address="", pid=loop.supervisor.pid, note=note)


def _airflow_rows(loop: Loop, known: dict[str, ProgramState], strays: list[int]) -> list[Row]:
    port = loop.ports.known().get(AIRFLOW)
    if port is None:
        return []
    pids = [known[AIRFLOW].pid] if AIRFLOW in known else strays
    rows = [_server_row(AIRFLOW, known, strays, loop.airflow_url, partial(ask_airflow, pids, port))]
    for name, job in AIRFLOW_JOBS.items():
        since = known[name].started_at if name in known else 0
        rows.append(_server_row(name, known, strays, "", partial(ask_airflow_job, job, port, since=since)))
    ask = partial(ask_mwaa, loop.state_dir, loop.ports.known().get(MWAA, 0))
    rows.append(_server_row(MWAA, known, strays, loop.mwaa_url, ask))
    return rows


def _monitoring_rows(loop: Loop, known: dict[str, ProgramState], strays: list[int]) -> list[Row]:
    if loop.settings.target is Target.AWS or loop.settings.monitoring is Monitoring.OFF:
        return []
    here, ports = runnable(find(loop.settings.programs_dir)), loop.ports.known()
    rows = []
    for server in SERVERS:
        name = server.name
        if name in here or (name in known and known[name].alive):
            pids = [known[name].pid] if name in known else strays
            ask = partial(ask_monitoring, server, pids, ports.get(name, 0), loop.state_dir)
            rows.append(_server_row(name, known, strays, loop.monitoring_url(server), ask))
        elif server in INSTALLED:
            note = "make up says how to get it"
            rows.append(Row(name, ok=True, state="not installed", address="", pid=0, note=note, absent=True))
    return rows


def _server_row(
    name: str, known: dict[str, ProgramState], strays: list[int], address: str, ask: Callable[[], Health]
) -> Row:
    state = known.get(name)
    if state is None and strays and ask().ok:
        return Row(name, ok=False, state="answers, unsupervised", address=address, pid=0, note=_UNSUPERVISED)
    if state is None or not state.alive:
        return Row(name, ok=False, state="down", address=address, pid=0, note=state.ended if state else "")
    health: Health = ask()
    snapshot = health.answer.get("snapshot_at")
    note = f"saved {_ago(snapshot)}" if snapshot else ""
    if unsaved := health.answer.get("snapshot_error"):
        note = f"cannot save: {unsaved}"
    unwritable = health.answer.get("journal_error")
    if unwritable:
        note = f"cannot write: {unwritable}"
    return Row(name, health.ok and not unwritable, health.problem or "up", address, state.pid, note)


def _stacks_rows(loop: Loop) -> list[Row]:
    """Say whether the stacks are as this folder would deploy them; nothing when CloudFormation does not answer."""
    try:
        found = deploy.difference(loop, quick=True)
    except (BotoCoreError, ClientError):
        return []  # the row of its server says so
    if found is deploy.Difference.NOT_DEPLOYED and not outputs.read(loop):
        return []  # the row of the API says so
    note = "make up deploys them again" if found else ""
    ok = found in {None, deploy.Difference.INPUTS_CHANGED}
    return [Row("stacks", ok, found or "as deployed", "", 0, note)]


def _api_row(loop: Loop) -> Row:
    address = outputs.read(loop).get("api_url")
    if not address:
        return Row("api", ok=False, state="not deployed", address="", pid=0, note="")
    problem, answer = get(f"{address}/health", timeout_s=15)
    version = answer.get("model_version")
    return Row("api", not problem, problem or "up", address, 0, f"model version {version}" if version else "")


def _feedback_rows(loop: Loop) -> list[Row]:
    """Say what feedback taught at the last retraining, and what is missing for more; nothing before the first."""
    bucket = outputs.read(loop).get("LakeBucket")
    if not bucket:
        return []
    try:
        stored = aws.client(loop, "s3", quick=True).get_object(Bucket=bucket, Key=FEEDBACK_MANIFEST)["Body"].read()
    except (BotoCoreError, ClientError):
        return []  # nothing was ingested yet, or S3 is down, which the row of its server says
    try:
        manifest = json.loads(stored)
        counts, made_from = manifest["counts"], manifest["made_from"]
        taught, reviewed = int(counts["kept"]), int(made_from["reviewed"])
        most, vouching = int(made_from["labels_a_client"]), int(made_from["vouching_clients"])
    except (ValueError, LookupError, TypeError, AttributeError):
        note = "what the last retraining ingested cannot be read; the next one writes it again"
        return [Row("feedback", ok=True, state="unknown", address="", pid=0, note=note)]
    missing = [] if reviewed else ["labels by reviewers"]
    if not vouching:
        missing.append("a client that vouches for its users (FEEDBACK_VOUCHING_KEYS)")
    note = f"at most {most:,} a client"
    if missing:
        note += f"; for more: {' and '.join(missing)}, see docs/retraining.md"
    return [Row("feedback", ok=True, state=f"{taught:,} labels", address="", pid=0, note=note)]


def _mark(row: Row) -> str:
    if row.absent:
        return "[dim]-[/]"
    return "[green]✓[/]" if row.ok else "[red]✗[/]"


def _vitals(pid: int) -> tuple[str, str]:
    """Memory of the process with its children, and how long it has been running."""
    if not pid:
        return "", ""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        memory = sum(member.memory_info().rss for member in family)
        return f"{memory / 1e6:.0f} MB", _duration(time.time() - process.create_time())
    except psutil.NoSuchProcess:
        return "", ""


def _ago(moment: str) -> str:
    return f"{_duration((datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds())} ago"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(max(0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
