"""A command that fails reports the reason in one line, and its log."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from local.errors import LocalError
from local.terminal import Step
from ops.commands import run


def python(source: str, log: Path, *, timeout_s: float = 20) -> str:
    """Run a line of Python as the command."""
    return run(
        [sys.executable, "-c", source],
        what="The deployment",
        environment=dict(os.environ),
        log=log,
        step=Step("Deploy", 1),
        timeout_s=timeout_s,
        remedy="Fix it.",
    )


def test_standard_output_is_returned_and_all_output_is_logged(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "deploy.log"
    assert python("import sys; print('out'); print('err', file=sys.stderr)", log) == "out\n"
    assert sorted(log.read_text().split()) == ["err", "out"]


def test_a_failure_gives_the_reason_and_the_log(tmp_path: Path) -> None:
    log = tmp_path / "deploy.log"
    with pytest.raises(LocalError, match="The deployment failed: ValueError: no such bucket") as caught:
        python("raise ValueError('no such bucket')", log)
    assert caught.value.log == log
    assert "Traceback" in log.read_text()


def test_a_command_that_hangs_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="did not finish within 1 s and was stopped"):
        python("import threading; threading.Event().wait()", tmp_path / "log", timeout_s=1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_a_log_that_cannot_be_written_hides_neither_success_nor_error() -> None:
    assert python("print('x' * 1_000_000)", Path("/dev/full")).startswith("xxx")
    with pytest.raises(LocalError, match=r"The deployment failed, and its log cannot be written: .*No space left"):
        python("raise SystemExit('no')", Path("/dev/full"))
