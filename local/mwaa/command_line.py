"""Airflow's command line over HTTP: only what MWAA allows, in a process of its own, for a bounded time."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
"""Groups of commands and the commands in each; a group without any is a command itself."""


@dataclass(frozen=True)
class Outcome:
    """What a command did. The exit code is 124 where it was ended because it took too long."""

    exit_code: int
    stdout: bytes
    stderr: bytes


class NotAllowedError(Exception):
    """A command that MWAA does not run either."""


def parse(line: str) -> list[str]:
    """The arguments in a line, as a shell would part them; nothing in it is expanded.

    Raises:
        NotAllowedError: It is not a command that may be run.
    """
    try:
        arguments = shlex.split(line)
    except ValueError as error:
        raise NotAllowedError(f"The command cannot be read: {error}") from error
    group = arguments[0] if arguments else ""
    commands = ALLOWED.get(group)
    if commands is None or (commands and (len(arguments) == 1 or arguments[1] not in commands)):
        raise NotAllowedError(f"Not a command that MWAA runs: {' '.join(arguments[:2]) or 'nothing'}")
    return arguments


async def run(arguments: list[str], environment: Mapping[str, str], *, longest_s: float = LONGEST_S) -> Outcome:
    """Run a command of Airflow's, in an environment like that of its other processes."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "local" / "airflow" / "launch.py"),
        *arguments,
        env=dict(environment) | SAFE_PATH,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # so that its children end with it
    )
    try:
        stdout, stderr = await asyncio.wait_for(process.communicate(), longest_s)
    except TimeoutError:
        return Outcome(124, b"", f"The command did not end within {longest_s:.0f} s and was ended.\n".encode())
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return Outcome(process.returncode or 0, stdout, stderr)
