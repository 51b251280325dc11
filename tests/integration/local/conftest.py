"""A state folder of its own for every test, with its supervisor; whatever a test leaves running is ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.loop import open_loop
from local.ports import free_port
from local.settings import Settings
from local.supervision import end
from local.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.loop import Loop


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    settings = Settings(local_dir=tmp_path / "state", emulator_port=free_port(), mlflow_port=free_port())
    loop = open_loop(settings, Terminal(tmp_path / "timings.json"))
    yield loop
    if loop.supervisor.is_running():
        for state in loop.supervisor.states():
            loop.supervisor.stop(state.name)
        loop.supervisor.shutdown()
    end(loop.supervisor.strays(), timeout_s=10)
