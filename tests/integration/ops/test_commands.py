"""The commands as people type them: what they leave when they fail, are interrupted, or run twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from local.ports import free_port
from local.processes import home_of
from local.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Cli:
    """`python -m ops` on its own state folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, **environment)
        out, _ = process.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, out)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "ops", *arguments],
            env=os.environ | {"LOCAL_DIR": str(self.folder)} | environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def processes(self) -> list[psutil.Process]:
        """All server processes of the folder."""
        return [process for process in psutil.process_iter() if home_of(process) == str(self.folder)]


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Cli]:
    cli = Cli(tmp_path / "state")
    cli.folder.mkdir()
    # As after an earlier run: tests never use the default ports, which the user's loop may need.
    (cli.folder / "ports.json").write_text(json.dumps({"emulator": free_port(), "mlflow": free_port()}))
    yield cli
    cli("down")
    for process in cli.processes():
        process.kill()


def test_a_failed_deployment_leaves_nothing_running_and_says_what_to_do(cli: Cli) -> None:
    done = cli("up", DEPLOY_TIMEOUT_S="0.5")

    assert done.returncode == 1
    assert "✗ Deploy the stacks" in done.stdout
    assert "did not finish within" in done.stdout
    assert f"full log: {cli.folder}/logs/deploy.log" in done.stdout
    assert "→ Read the log" in done.stdout
    assert "Traceback" not in done.stdout
    assert not cli.processes()


def test_an_interrupt_stops_what_was_started(cli: Cli) -> None:
    process = cli.start("up")
    _until(lambda: len(cli.processes()) >= 2)

    os.killpg(process.pid, signal.SIGINT)  # what Ctrl-C does: the whole foreground group gets it
    out, _ = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "Interrupted. Run make up to continue." in out
    assert not cli.processes()


def test_a_second_up_names_the_first(cli: Cli) -> None:
    process = cli.start("up")
    _until(lambda: (cli.folder / "lock").exists() and (cli.folder / "lock").read_text())
    try:
        second = cli("up")
    finally:
        process.terminate()
        process.communicate(timeout=60)

    assert second.returncode == 1
    assert f"make up (process {process.pid}) is already running" in second.stdout


def test_a_slow_server_is_told_from_one_that_exited(cli: Cli) -> None:
    slow = cli("up", START_TIMEOUT_S="0.01")
    assert slow.returncode == 1
    assert "emulator is still starting after 0 s (process " in slow.stdout

    state = cli.folder / "emulator"
    shutil.rmtree(state, ignore_errors=True)
    state.write_text("a file instead of the state folder")
    died = cli("up")
    assert died.returncode == 1
    assert "emulator exited while starting" in died.stdout
    assert "FileExistsError" in died.stdout, "the last lines of the log are shown"
    assert f"full log: {cli.folder}/logs/emulator.log" in died.stdout


def test_status_before_anything_ran_is_down(cli: Cli) -> None:
    done = cli("status")
    assert done.returncode == 1
    assert "down" in done.stdout
    assert "not deployed" in done.stdout


def test_down_twice_is_no_error(cli: Cli) -> None:
    assert cli("down").returncode == 0
    assert "Nothing is running." in cli("down").stdout


def test_reset_lists_and_asks_before_it_removes(cli: Cli) -> None:
    cli("up", DEPLOY_TIMEOUT_S="0.5")

    unasked = cli("reset")
    assert unasked.returncode == 1
    assert "predictions, feedback, the lake, models" in unasked.stdout
    assert "Nothing was removed" in unasked.stdout
    assert (cli.folder / "emulator").exists()

    assert cli("reset", YES="1").returncode == 0
    assert not (cli.folder / "emulator").exists()
    assert "Nothing to remove" in cli("reset").stdout


def test_logs_of_an_unknown_service_name_those_there_are(cli: Cli) -> None:
    cli("up", DEPLOY_TIMEOUT_S="0.5")
    done = cli("logs", "nobody")
    assert done.returncode == 1
    assert "There is no log named nobody." in done.stdout
    assert "deploy, emulator" in done.stdout


def test_logs_follow_what_is_written(cli: Cli) -> None:
    logs = cli.folder / "logs"
    logs.mkdir(parents=True)
    (logs / "emulator.log").write_text("before\n")
    process = cli.start("logs", "emulator")
    assert process.stdout is not None
    assert process.stdout.readline().split() == ["emulator", "before"]
    with (logs / "emulator.log").open("a") as log:
        log.write("after\n")
    assert process.stdout.readline().split() == ["emulator", "after"]
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 0


def test_without_localstack_the_command_that_starts_it_is_printed(cli: Cli) -> None:
    done = cli("deploy", TARGET="localstack", ENDPOINT="http://127.0.0.1:9", LOCALSTACK_TIMEOUT_S="1")
    assert done.returncode == 1
    assert "LocalStack does not answer at http://127.0.0.1:9" in done.stdout
    assert "docker compose -f localstack-compose.yml up -d" in done.stdout
    assert not cli.processes()


def test_a_used_port_is_named_and_replaced_for_good(cli: Cli) -> None:
    cli("up", DEPLOY_TIMEOUT_S="0.5")
    port = json.loads((cli.folder / "ports.json").read_text())["emulator"]
    with socket.create_server(("127.0.0.1", port)):
        done = cli("up", DEPLOY_TIMEOUT_S="0.5")
        assert f"Port {port} is already in use by" in done.stdout
        assert f"process {os.getpid()}" in done.stdout
    other = json.loads((cli.folder / "ports.json").read_text())["emulator"]
    assert other != port
    cli("up", DEPLOY_TIMEOUT_S="0.5")
    assert json.loads((cli.folder / "ports.json").read_text())["emulator"] == other


def _until(condition: Callable[[], object]) -> None:
    met = Retrying(retry=retry_if_result(lambda result: not result), stop=stop_after_delay(30), wait=wait_fixed(0.1))
    met(condition)
