"""The command line reports each failure in one line, with what to do."""

from __future__ import annotations

import errno
import subprocess
from typing import TYPE_CHECKING

import psutil
import pytest
from botocore.exceptions import ClientError
from tenacity import Future, RetryError

from local import stop
from local.errors import LocalError
from ops import aws, cli, status

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "error",
    [
        RetryError(Future(1)),
        psutil.TimeoutExpired(30),
        psutil.NoSuchProcess(1),
        subprocess.TimeoutExpired(["supervisord"], 30),
        ConnectionRefusedError("refused"),
        ClientError({"Error": {"Code": "ExpiredToken", "Message": "expired"}}, "DescribeStacks"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("command", ["status", "logs", "down"])
def test_a_server_that_dies_during_a_command_causes_no_traceback(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    command: str,
) -> None:
    def fail(*_arguments: object) -> None:
        raise error

    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    monkeypatch.setattr(status, "status", fail)
    monkeypatch.setattr(cli, "follow", fail)
    monkeypatch.setattr(stop, "down", fail)
    with pytest.raises(SystemExit) as end:
        cli.cli([command], standalone_mode=False)
    assert end.value.code == 1
    assert f"✗ {type(error).__name__}" in capsys.readouterr().out
    kept = tmp_path / "logs" / f"{command}-failure.log"
    assert isinstance(error, ClientError) or "in fail" in kept.read_text()


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        LocalError("Training failed: (sqlite3.OperationalError) database or disk is full", remedy="Read the log."),
    ],
)
def test_a_full_disk_is_named_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    def fail(*_arguments: object) -> None:
        raise error

    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    monkeypatch.setattr(stop, "down", fail)
    with pytest.raises(SystemExit):
        cli.cli(["down"], standalone_mode=False)
    assert f"→ The disk is full: free some space (see df -h {tmp_path})" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["reset", "destroy"])
def test_the_suggested_command_means_the_same_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    for name, value in {"LOCAL_DIR": str(tmp_path), "LOOP_NAME": "shop-2", "TARGET": "aws"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(aws, "check_access", lambda *_: None)
    (tmp_path / "aws-shop-2").mkdir()
    (tmp_path / "aws-shop-2" / "outputs.json").write_text("{}")
    with pytest.raises(SystemExit):
        cli.cli([command], standalone_mode=False)
    assert f"→ YES=1 make {command} TARGET=aws LOOP_NAME=shop-2\n" in capsys.readouterr().out
