"""Runs a command with its output in a log and its newest line on the terminal."""

from __future__ import annotations

import re
import subprocess
import threading
from typing import IO, TYPE_CHECKING

from local.errors import LocalError
from local.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from local.terminal import Step

_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_REASONS = (
    re.compile(r"(infra_cdk: .+)"),
    re.compile(r"(?:CREATE|UPDATE|DELETE)_FAILED.*?\|\s*(\S.*)"),
    re.compile(r"❌\s*(.+)"),
    re.compile(r"((?:connect|read) E[A-Z]+ .+|socket hang up.*)"),
    re.compile(r"(An error occurred \(.+)"),  # botocore's ClientError
    re.compile(r"^(?:\w+\.)*(\w*(?:Error|Exception): .+)"),
    re.compile(r"^\s*(?:Error|ERROR|error):?\s+(.+)"),
)
_GRACE_S = 15
_running: set[subprocess.Popen[str]] = set()


def run(
    command: list[str],
    *,
    what: str,
    environment: dict[str, str],
    log: Path,
    step: Step,
    timeout_s: float,
    remedy: str,
    cwd: Path = ROOT,
) -> str:
    """Run a command to its end and return its standard output.

    Raises:
        LocalError: It failed, with the reason it gave, or it was stopped after `timeout_s`.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    printed: list[str] = []
    with (
        log.open("ab", buffering=0) as file,
        subprocess.Popen(
            command,
            env=environment,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        ) as process,
    ):
        _running.add(process)
        errors: list[str] = []
        unwritten: list[OSError] = []

        def follow(stream: IO[str], kept: list[str]) -> None:
            for line in stream:
                kept.append(line)
                step.detail = _COLOUR.sub("", line).strip() or step.detail
                try:
                    file.write(line.encode())
                except OSError as error:  # a full disk; read on, or the command would block on its output
                    unwritten.append(error)

        readers = [
            threading.Thread(target=follow, args=(process.stdout, printed), daemon=True),
            threading.Thread(target=follow, args=(process.stderr, errors), daemon=True),
        ]
        for reader in readers:
            reader.start()
        try:
            code = process.wait(timeout=timeout_s)
        except subprocess.TimeoutExpired as error:
            _end(process)
            raise LocalError(
                f"{what} did not finish within {timeout_s:.0f} s and was stopped.", remedy=remedy, log=log
            ) from error
        except KeyboardInterrupt:
            _end(process)  # Ctrl-C reached it too, SIGTERM did not
            raise
        finally:
            _running.discard(process)
        for reader in readers:
            reader.join(timeout=5)
    if code and unwritten:
        raise LocalError(f"{what} failed, and its log cannot be written: {unwritten[0]}", remedy=remedy)
    if code:
        raise LocalError(f"{what} failed: {reason(errors + printed, code)}", remedy=remedy, log=log)
    return "".join(printed)


def end_all() -> None:
    """End every command that any thread is running, so that each `run` fails."""
    for process in list(_running):
        process.terminate()


def reason(lines: list[str], code: int) -> str:
    """The line of a command's output that says why it failed."""
    clean = [_COLOUR.sub("", line).rstrip() for line in lines]
    for pattern in _REASONS:
        for line in clean:
            found = pattern.search(line)
            if found:
                return found.group(1).strip()
    return next((line.strip() for line in reversed(clean) if line.strip()), f"exit code {code}")


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(timeout=_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
