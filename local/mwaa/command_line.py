"""Airflow's command line over HTTP: only the commands that MWAA allows, each in a process with a time limit."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.airflow.command_line import OF_COMMANDS
from local.airflow.programs import SAFE_PATH
from local.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_S = 30.0
ALLOWED = {
    "assets": {"details", "list", "materialize"},
    "backfill": {"create"},
    "cheat-sheet": set(),
    "connections": {"add", "delete"},
    "dags": {
        *("delete", "details", "list", "list-import-errors", "list-runs", "next-execution", "pause", "report"),
        *("reserialize", "show", "state", "test", "trigger", "unpause"),
    },
    "db": {"clean"},
    "plugins": set(),
    "pools": {"delete", "get", "list", "set"},
    "providers": {"behaviours", "get", "hooks", "links", "list", "notifications", "secrets", "triggers", "widgets"},
    "tasks": {"clear", "failed-deps", "list", "render", "state", "states-for-dag-run", "test"},
    "variables": {"delete", "get", "list", "set"},
    "version": set(),
}
"""Command groups and the commands in each; a group without any is itself a command."""


@dataclass(frozen=True)
class Outcome:
    """A command's output. The exit code is 124 when it was ended because it took too long."""

    exit_code: int
    stdout: bytes
    stderr: bytes


class NotAllowedError(Exception):
    """MWAA does not run this command either."""


def parse(line: str) -> list[str]:
    """Split a line into arguments as a shell would, without expanding anything.

    Raises:
        NotAllowedError: MWAA does not allow the command.
    """
    try:
        arguments = shlex.split(line)
    except ValueError as error:
        raise NotAllowedError(f"The command cannot be parsed: {error}") from error
    group = arguments[0] if arguments else ""
    commands = ALLOWED.get(group)
    if commands is None or (commands and (len(arguments) == 1 or arguments[1] not in commands)):
        raise NotAllowedError(f"MWAA does not run this command: {' '.join(arguments[:2]) or 'nothing'}")
    return arguments


async def run(arguments: list[str], environment: Mapping[str, str], *, longest_s: float = LONGEST_S) -> Outcome:
    """Run an Airflow command in the environment of Airflow's other processes."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "local" / "airflow" / "launch.py"),
        *arguments,
        env=dict(environment) | SAFE_PATH | OF_COMMANDS,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # so that its children end with it
    )
    try:
        stdout, stderr = await asyncio.wait_for(process.communicate(), longest_s)
    except TimeoutError:
        return Outcome(124, b"", f"The command did not finish within {longest_s:.0f} s and was stopped.\n".encode())
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return Outcome(process.returncode or 0, stdout, stderr)
