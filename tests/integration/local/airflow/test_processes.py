"""Airflow's processes use the bundle as on MWAA, not this checkout, and survive being killed."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import psutil
import pytest
from botocore.exceptions import ClientError

from local import health
from local.airflow.programs import AIRFLOW, DAG_PROCESSOR, MWAA, SCHEDULER, home
from local.airflow.secrets import ensure
from local.settings import ROOT
from local.watchdog import WATCHDOG
from ops.status import ask_all
from tests.integration.local.airflow.running import OVER

if TYPE_CHECKING:
    from pathlib import Path

    from local.loop import Loop
    from tests.integration.local.airflow.running import RunningAirflow

pytestmark = pytest.mark.timeout(600)  # Airflow notices an interrupted task only after a while


@pytest.fixture(scope="module")
def found(airflow: RunningAirflow) -> dict[str, object]:
    """What a task found in its process."""
    airflow.trigger("probe", "look")
    assert airflow.run_until_over("probe", "look")["state"] == "success"
    return dict(airflow.object("probe/look.json"))


def test_a_task_imports_the_bundles_wheel_and_never_the_checkout(
    airflow: RunningAirflow, found: dict[str, object]
) -> None:
    installed = str(home(airflow.loop.state_dir) / "bundles")
    origins = dict(found["origins"])  # type: ignore[call-overload]  # JSON
    assert all(origins[package].startswith(installed) for package in ("training", "sentiment", "feature_repo"))
    assert (origins["local"], origins["infra_cdk"]) == (None, None)
    assert str(ROOT) not in found["path"]  # type: ignore[operator]  # JSON
    assert found["cwd"] != str(ROOT)


def test_a_task_has_the_settings_of_the_start_up_script(airflow: RunningAirflow, found: dict[str, object]) -> None:
    environment = dict(found["environment"])  # type: ignore[call-overload]  # JSON
    assert environment["PROBED"] == "a value with 'quotes' and $HOME"
    assert environment["PROBED_BUCKET"] == airflow.bucket


def test_slow_imports_are_preloaded_for_every_task(found: dict[str, object]) -> None:
    assert {"mlflow", "feast", "sklearn"} <= set(found["loaded"])  # type: ignore[call-overload]  # JSON
    assert found["writes_bytecode"]


def test_status_asks_every_process(airflow: RunningAirflow) -> None:
    rows = {row.name: row for row in ask_all(airflow.loop)}
    for name in (AIRFLOW, SCHEDULER, DAG_PROCESSOR, MWAA):
        assert (rows[name].ok, rows[name].state) == (True, "up"), rows[name]


def test_no_secret_is_in_a_log_or_on_a_command_line(airflow: RunningAirflow) -> None:
    hidden = ensure(home(airflow.loop.state_dir)).values()
    logs = [*airflow.loop.settings.logs_dir.iterdir(), *(home(airflow.loop.state_dir) / "logs").rglob("*.log")]
    for log in (*logs, *(airflow.loop.state_dir / "supervisor").rglob("*.ini")):
        text = log.read_text(errors="replace")
        assert not [one for one in hidden if one in text], log
    for process in _family(airflow.loop):
        assert not [one for one in hidden if one in " ".join(process.cmdline())]


def test_every_process_is_recognised_as_this_folders(airflow: RunningAirflow) -> None:
    assert set(_family(airflow.loop)) <= set(airflow.loop.supervisor.processes())


def test_airflow_listens_on_this_machine_only(airflow: RunningAirflow) -> None:
    listeners = [address for process in _family(airflow.loop) for address in _listening(process)]
    ports = airflow.loop.ports.known()
    assert set(listeners) == {("127.0.0.1", ports[AIRFLOW]), ("127.0.0.1", ports[MWAA])}


def test_another_airflow_is_not_taken_for_this_loops(airflow: RunningAirflow, tmp_path: Path) -> None:
    ports = airflow.loop.ports.known()
    assert "another server" in health.ask_airflow([psutil.Process().pid], ports[AIRFLOW]).problem
    assert "another server" in health.ask_mwaa(tmp_path, ports[MWAA]).problem


def test_a_run_continues_after_its_worker_scheduler_and_server_are_killed(
    airflow: RunningAirflow,
) -> None:
    run_id = f"kill-{uuid.uuid4().hex[:8]}"
    airflow.trigger("waiting", run_id)
    task = psutil.Process(_until_begun(airflow, run_id))
    pids = {state.name: state.pid for state in airflow.loop.supervisor.states()}

    victims = [task.parent(), *(psutil.Process(pids[name]) for name in (SCHEDULER, AIRFLOW))]
    for victim in victims:
        victim.kill()
    psutil.wait_procs(victims, timeout=10)
    airflow.s3.put_object(Bucket=airflow.bucket, Key=f"go/{run_id}", Body=json.dumps(None))

    def ended() -> str | None:
        try:
            return str(airflow.call("GET", f"/dags/waiting/dagRuns/{run_id}")["state"])
        except ClientError:  # the API server is among the victims
            return None

    assert airflow.wait(ended, lambda state: state in OVER, timeout_s=240) == "success"
    airflow.wait(airflow.loop.supervisor.strays, lambda strays: strays == [])


def test_killed_idle_workers_are_seen_and_block_no_run(airflow: RunningAirflow, found: dict[str, object]) -> None:
    assert found, "a task has run, whose worker waits for the next"
    scheduler = psutil.Process(airflow.loop.supervisor.state(SCHEDULER).pid)

    def idle() -> list[psutil.Process]:
        return [one for one in scheduler.children(recursive=True) if "<idle>" in _command_line(one)]

    for worker in airflow.wait(idle, bool):
        worker.kill()

    airflow.wait(lambda: [row.ok for row in ask_all(airflow.loop) if row.name == SCHEDULER], lambda ok: ok == [False])
    airflow.trigger("probe", "after-idle")
    assert airflow.run_until_over("probe", "after-idle")["state"] == "success"


def test_down_and_up_keep_the_history_and_finish_interrupted_runs(airflow: RunningAirflow) -> None:
    run_id = f"down-{uuid.uuid4().hex[:8]}"
    airflow.trigger("waiting", run_id)
    _until_begun(airflow, run_id)

    for name in (WATCHDOG, MWAA, SCHEDULER, DAG_PROCESSOR, AIRFLOW):
        airflow.loop.supervisor.stop(name)
    assert _family(airflow.loop, beside_daemon=True) == []
    airflow.make_up()
    airflow.s3.put_object(Bucket=airflow.bucket, Key=f"go/{run_id}", Body=json.dumps(None))

    assert airflow.run_until_over("waiting", run_id)["state"] == "success"


def _until_begun(airflow: RunningAirflow, run_id: str) -> int:
    """Wait until the run's first task has begun, and return the id of its process."""
    prefix = f"begun/{run_id}"
    airflow.wait(
        lambda: airflow.s3.list_objects_v2(Bucket=airflow.bucket, Prefix=prefix)["KeyCount"], bool, timeout_s=180
    )
    return int(airflow.object(airflow.s3.list_objects_v2(Bucket=airflow.bucket, Prefix=prefix)["Contents"][0]["Key"]))


def _family(loop: Loop, *, beside_daemon: bool = False) -> list[psutil.Process]:
    daemon = psutil.Process(loop.supervisor.pid)
    children = [process for process in daemon.children(recursive=True) if _runs(process)]
    return children if beside_daemon else [daemon, *children]


def _listening(process: psutil.Process) -> list[tuple[str, int]]:
    """The addresses on which a process listens; none for a worker with a task, which only root may inspect."""
    try:
        connections = process.net_connections("tcp")
    except psutil.NoSuchProcess:  # it has ended meanwhile
        return []
    except psutil.AccessDenied:
        assert "airflow" in " ".join(process.cmdline())
        return []
    return [(c.laddr.ip, c.laddr.port) for c in connections if c.status == psutil.CONN_LISTEN]


def _command_line(process: psutil.Process) -> str:
    """The words of a process; none if it has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def _runs(process: psutil.Process) -> bool:
    """Whether the process has not ended; a zombie has."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
