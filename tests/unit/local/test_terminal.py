"""Steps: live on a terminal, plain lines in a log."""

from __future__ import annotations

import errno
import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from local.errors import LocalError
from local.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def printed() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def terminal(tmp_path: Path, printed: io.StringIO) -> Terminal:
    return Terminal(tmp_path / "timings.json", Console(file=printed, width=100))


def test_a_step_prints_a_line_when_it_starts_and_one_when_it_ends(terminal: Terminal, printed: io.StringIO) -> None:
    with terminal.step("Deploy the stacks", key="deploy", usual_s=40) as step:
        step.detail = "two stacks"
    start, end = printed.getvalue().splitlines()
    assert start == "… Deploy the stacks (usually 40 s)"
    assert end.startswith("✓ Deploy the stacks")
    assert end.endswith("0 s  two stacks")
    assert "\x1b" not in printed.getvalue()


def test_a_step_that_fails_is_marked_and_the_error_is_raised(terminal: Terminal, printed: io.StringIO) -> None:
    with pytest.raises(LocalError), terminal.step("Deploy the stacks", key="deploy", usual_s=40):
        raise LocalError("no", remedy="yes")
    assert "✗ Deploy the stacks" in printed.getvalue()


def test_the_usual_time_is_measured_on_this_machine(terminal: Terminal, printed: io.StringIO) -> None:
    for _ in range(2):
        with terminal.step("Train", key="train", usual_s=0.0):
            pass
    assert printed.getvalue().count("usually 0 s") == 2
    with terminal.step("Deploy", key="deploy", usual_s=40):
        pass
    with terminal.step("Deploy", key="deploy", usual_s=40):
        pass
    assert printed.getvalue().count("usually 40 s") == 2, "a step with nothing to do teaches nothing"


def test_a_failure_shows_the_end_of_the_log_and_what_to_do(
    terminal: Terminal, printed: io.StringIO, tmp_path: Path
) -> None:
    log = tmp_path / "deploy.log"
    log.write_text("".join(f"line {number}\n" for number in range(100)))
    terminal.failure(LocalError("The deployment failed.", remedy="make deploy", log=log))
    text = printed.getvalue()
    assert "✗ The deployment failed." in text
    assert "│ line 99" in text
    assert "line 80\n" not in text
    assert f"full log: {log}" in text
    assert text.endswith("→ make deploy\n")


def test_brackets_in_messages_are_not_markup(terminal: Terminal, printed: io.StringIO) -> None:
    terminal.note("[Errno 111] Connection refused [/red]")
    assert "[Errno 111] Connection refused [/red]" in printed.getvalue()


def test_a_step_succeeds_even_if_its_time_cannot_be_saved(
    terminal: Terminal, printed: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("local.terminal.write_whole", full)
    with terminal.step("Stop the emulator", key="stop", usual_s=0):
        pass
    assert "✓ Stop the emulator" in printed.getvalue()
    assert "! Could not save how long this step took: [Errno 28] No space left on device" in printed.getvalue()
