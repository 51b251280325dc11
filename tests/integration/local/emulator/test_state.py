"""The emulator's state after a stop or a kill, without its supervisor, and next to other loops."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import psutil
import pytest

from local import health, stop
from local.errors import LocalError
from local.terminal import Step
from ops import aws, status
from tests.integration.local.emulator.votes import create_table, scan, start_emulator, vote

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


@pytest.mark.parametrize("victim", ["supervisord", "emulator"])
def test_up_again_after_a_kill_leaves_one_emulator_and_no_stray(loop: Loop, victim: str) -> None:
    start_emulator(loop)
    before = loop.supervisor.state("emulator").pid
    dynamodb = aws.client(loop, "dynamodb")
    create_table(loop)
    vote(dynamodb, "a")
    doomed = psutil.Process(loop.supervisor.pid if victim == "supervisord" else before)
    doomed.kill()
    doomed.wait(10)

    start_emulator(loop)

    assert not psutil.pid_exists(before)
    assert not loop.supervisor.strays()
    assert {item["id"]["S"] for item in scan(dynamodb)} == {"a", "counter"}


def test_status_tells_an_unsupervised_server_from_one_that_is_down(loop: Loop) -> None:
    start_emulator(loop)
    supervisor = psutil.Process(loop.supervisor.pid)
    emulator = psutil.Process(loop.supervisor.state("emulator").pid)
    supervisor.kill()
    supervisor.wait(10)
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


def _state_of(loop: Loop, name: str) -> str:
    return next(row.state for row in status.ask_all(loop) if row.name == name)
