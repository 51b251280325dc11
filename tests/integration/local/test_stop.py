"""What stops and removes: nothing goes from under a server that runs."""

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

SLEEPER = Program("mlflow", [sys.executable, "-c", "import signal; signal.pause()"], {}, restart=False, stop_group=True)


def test_reset_stops_the_servers_of_every_target_whose_folder_it_removes(tmp_path: Path) -> None:
    localstack = _loop(tmp_path, Target.LOCALSTACK)
    localstack.supervisor.start()
    localstack.supervisor.ensure(SLEEPER)
    pids = localstack.supervisor.pid, localstack.supervisor.state("mlflow").pid

    reset(_loop(tmp_path, Target.LOCAL), agreed=True)

    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not localstack.state_dir.exists()


def test_reset_refuses_while_a_command_is_at_work_on_another_target(tmp_path: Path) -> None:
    localstack = _loop(tmp_path, Target.LOCALSTACK)
    with exclusive(localstack.state_dir, "deploy"), pytest.raises(LocalError, match=r"make deploy .* is at work"):
        reset(_loop(tmp_path, Target.LOCAL), agreed=True)
    assert localstack.state_dir.exists()


def _loop(folder: Path, target: Target) -> Loop:
    return open_loop(Settings(local_dir=folder, target=target, stop_timeout_s=5), Terminal(folder / "timings.json"))
