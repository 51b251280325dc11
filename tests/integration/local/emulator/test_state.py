"""The emulator's state after a stop or a kill, without its supervisor, and next to other loops."""

from __future__ import annotations

import stat
import subprocess
from typing import TYPE_CHECKING

import psutil
import pytest

from local import health, stop
from local.errors import LocalError
from local.ports import free_port
from local.terminal import Step
from ops import aws, recovery, status
from tests.integration.local.emulator.votes import create_table, scan, start_emulator, until, vote

if TYPE_CHECKING:
    from pathlib import Path

    from local.loop import Loop


def test_the_emulators_files_are_for_this_user_only(loop: Loop) -> None:
    start_emulator(loop)
    aws.client(loop, "secretsmanager").create_secret(Name="rater-key", SecretString="secret")
    health.take_snapshot(loop.state_dir, loop.ports.known()["emulator"])
    state = loop.state_dir / "emulator"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert [path for path in state.rglob("*") if path.stat().st_mode & 0o077] == []


def test_a_clean_stop_keeps_everything_and_counts_as_no_crash(loop: Loop) -> None:
    start_emulator(loop)
    dynamodb = aws.client(loop, "dynamodb")
    create_table(loop)
    vote(dynamodb, "a")
    s3 = aws.client(loop, "s3")
    s3.create_bucket(Bucket="lake")
    s3.put_object(Bucket="lake", Key="raw/x", Body=b"kept")

    stop.down(loop)
    assert not loop.supervisor.is_running()
    assert not loop.supervisor.strays()
    start_emulator(loop)

    assert {item["id"]["S"] for item in scan(dynamodb)} == {"a", "counter"}
    assert s3.get_object(Bucket="lake", Key="raw/x")["Body"].read() == b"kept"
    assert not (loop.state_dir / "emulator" / "recoveries.jsonl").exists()


def test_a_second_emulator_on_the_same_folder_does_not_start(loop: Loop) -> None:
    start_emulator(loop)
    create_table(loop)
    dynamodb = aws.client(loop, "dynamodb")
    vote(dynamodb, "a")
    first = psutil.Process(loop.supervisor.state("emulator").pid)
    environment = first.environ() | {"GATEWAY_PORT": str(free_port())}

    second = subprocess.run(
        first.cmdline(), cwd=first.cwd(), env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    first.kill()

    assert (second.returncode, "another emulator serves" in second.stderr) == (1, True)
    until(lambda: health.ask_emulator(loop.state_dir, loop.ports.known()["emulator"]).ok)
    assert {item["id"]["S"] for item in scan(dynamodb)} == {"a", "counter"}


@pytest.mark.parametrize("victim", ["supervisor", "emulator"])
def test_after_a_kill_the_emulator_comes_back_with_its_data(loop: Loop, victim: str) -> None:
    start_emulator(loop)
    rows = {row.name: row for row in status.ask_all(loop)}
    dynamodb = aws.client(loop, "dynamodb")
    create_table(loop)
    vote(dynamodb, "a")
    doomed = psutil.Process(rows[victim].pid)
    doomed.kill()
    doomed.wait(10)

    until(lambda: _is_up_again(loop, rows), timeout_s=30)

    until(lambda: not loop.supervisor.strays())
    assert not psutil.pid_exists(rows["emulator"].pid)
    assert {item["id"]["S"] for item in scan(dynamodb)} == {"a", "counter"}
    named = "".join(recovery.crashes(loop))
    assert ("1 acknowledged writes made since then were replayed" in named) is (victim == "emulator")


def test_status_tells_an_unsupervised_server_from_one_that_is_down(loop: Loop) -> None:
    start_emulator(loop)
    emulator = psutil.Process(loop.supervisor.state("emulator").pid)
    others = [process for process in loop.supervisor.processes() if process != emulator]
    for process in others:
        process.kill()
    psutil.wait_procs(others, timeout=10)
    assert _state_of(loop, "supervisor") == "down"
    assert _state_of(loop, "emulator") == "answers, unsupervised"
    emulator.kill()
    emulator.wait(10)
    assert _state_of(loop, "emulator") == "down"


def test_the_embedded_emulator_accepts_only_loops_of_other_names(loop: Loop) -> None:
    start_emulator(loop)
    own = loop.settings.loop_name
    assert "is the embedded emulator of the loop" in health.ask_localstack(loop.endpoint, loop_name=own).problem
    with pytest.raises(LocalError, match="Not a LocalStack for this loop"):
        health.wait_for_localstack(loop.endpoint, loop_name=own, timeout_s=60, step=Step("Wait", 1))
    assert health.ask_localstack(loop.endpoint, loop_name="Staging").ok


def test_another_folders_emulator_is_not_taken_for_this_ones(loop: Loop, tmp_path: Path) -> None:
    start_emulator(loop)
    said = health.ask_emulator(tmp_path / "another", loop.ports.known()["emulator"])
    assert "another server answers on port" in said.problem


def _is_up_again(loop: Loop, before: dict[str, status.Row]) -> bool:
    now = {row.name: row for row in status.ask_all(loop)}
    return now["supervisor"].ok and now["emulator"].ok and now["emulator"].pid != before["emulator"].pid


def _state_of(loop: Loop, name: str) -> str:
    return next(row.state for row in status.ask_all(loop) if row.name == name)
