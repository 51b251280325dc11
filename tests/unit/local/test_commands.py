"""A command that fails says why in one line, and where its log is."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from local.commands import reason, run
from local.errors import LocalError
from local.terminal import Step

if TYPE_CHECKING:
    from pathlib import Path


def python(source: str, log: Path, *, timeout_s: float = 20) -> str:
    """Run a line of Python as the command."""
    return run(
        [sys.executable, "-c", source],
        what="The deployment",
        environment=dict(os.environ),
        log=log,
        step=Step("Deploy", 1),
        timeout_s=timeout_s,
        remedy="Mend it.",
    )


def test_standard_output_is_returned_and_everything_is_logged(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "deploy.log"
    assert python("import sys; print('out'); print('err', file=sys.stderr)", log) == "out\n"
    assert sorted(log.read_text().split()) == ["err", "out"]


def test_a_failure_gives_the_reason_and_the_log(tmp_path: Path) -> None:
    log = tmp_path / "deploy.log"
    with pytest.raises(LocalError, match="The deployment failed: ValueError: no such bucket") as caught:
        python("raise ValueError('no such bucket')", log)
    assert caught.value.log == log
    assert "Traceback" in log.read_text()


def test_a_command_that_hangs_is_ended(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="did not end within 1 s and was stopped"):
        python("import threading; threading.Event().wait()", tmp_path / "log", timeout_s=1)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (
            ["Stack | 3/9 | CREATE_FAILED | AWS::Lambda::Function | Inference | Code is too large", "❌ Stack failed"],
            "AWS::Lambda::Function | Inference | Code is too large",
        ),
        (["\x1b[31m❌  SentimentLoop-Data failed: no such role\x1b[0m"], "SentimentLoop-Data failed: no such role"),
        (["infra_cdk: throttle_rate must be positive", "exit status 1"], "infra_cdk: throttle_rate must be positive"),
        (["Traceback", "botocore.exceptions.EndpointConnectionError: no route"], "EndpointConnectionError: no route"),
        (
            ["AggregateError: connect ECONNREFUSED 127.0.0.1:4566", "Data: start: Publishing"],
            "connect ECONNREFUSED 127.0.0.1:4566",
        ),
        (["something odd", ""], "something odd"),
        ([], "exit code 7"),
    ],
)
def test_the_reason_is_the_line_that_names_the_cause(lines: list[str], why: str) -> None:
    assert reason(lines, 7) == why
