"""`make reset` removes no data from under a running server."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from local.errors import LocalError
from local.lock import exclusive
from local.loop import open_loop
from local.settings import Settings, Target
from local.stop import reset
from local.supervision import Program
from local.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from local.loop import Loop

SLEEPER = Program("mlflow", [sys.executable, "-c", "import signal; signal.pause()"], {}, stop_group=True)


@pytest.mark.parametrize(
    ("target", "name"),
    [(Target.LOCALSTACK, "SentimentLoop"), (Target.LOCALSTACK, "Staging"), (Target.LOCAL, "Staging")],
)
def test_reset_stops_the_servers_of_every_loop_whose_folder_it_removes(
    tmp_path: Path, target: Target, name: str
) -> None:
    inner = _loop(tmp_path, target, name)
    inner.supervisor.start()
    inner.supervisor.ensure(SLEEPER)
    pids = inner.supervisor.pid, inner.supervisor.state("mlflow").pid

    reset(_loop(tmp_path, Target.LOCAL), confirmed=True)

    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not inner.state_dir.exists()


def test_reset_of_a_named_loop_leaves_all_others(tmp_path: Path) -> None:
    kept = [_loop(tmp_path, Target.LOCAL), _loop(tmp_path, Target.LOCALSTACK), _loop(tmp_path, Target.AWS, "Staging")]
    staging = _loop(tmp_path, Target.LOCALSTACK, "Staging")
    for one in (*kept, staging):
        one.state_dir.mkdir(parents=True, exist_ok=True)
        (one.state_dir / "outputs.json").touch()

    reset(staging, confirmed=True)

    assert not (staging.state_dir / "outputs.json").exists()
    assert all((one.state_dir / "outputs.json").exists() for one in kept)


def test_reset_describes_every_loop_that_it_removes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for target, name in ((Target.LOCALSTACK, "SentimentLoop"), (Target.AWS, "Staging")):
        _loop(tmp_path, target, name).state_dir.mkdir(parents=True)

    reset(_loop(tmp_path, Target.LOCAL), confirmed=True)

    listed = capsys.readouterr().out
    assert f"{tmp_path / 'localstack'}  all data of the loop on the target localstack\n" in listed
    assert f"{tmp_path / 'aws-Staging'}  all data of the loop Staging on the target aws\n" in listed


def test_reset_refuses_while_a_command_runs_on_another_target(tmp_path: Path) -> None:
    localstack = _loop(tmp_path, Target.LOCALSTACK)
    with (
        exclusive(localstack.state_dir, "make deploy"),
        pytest.raises(LocalError, match=r"make deploy .* is already running"),
    ):
        reset(_loop(tmp_path, Target.LOCAL), confirmed=True)
    assert localstack.state_dir.exists()


def _loop(folder: Path, target: Target, name: str = "SentimentLoop") -> Loop:
    settings = Settings(local_dir=folder, target=target, loop_name=name, stop_timeout_s=5)
    return open_loop(settings, Terminal(folder / "timings.json"))
