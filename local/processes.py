"""Finds the processes of a state folder, even after their daemon was killed, and ends them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from pathlib import Path

HOME_VARIABLE = "SENTIMENT_LOOP_HOME"
"""Environment variable with the state folder that a process belongs to; child processes inherit it."""
_KEEP_READABLE = "SPT_NOENV"
"""Without it, setproctitle erases the environment that others see, and with it the mark. gunicorn calls it, which Feast
imports, which MLflow's client imports at its first request."""


def mark_of(state_dir: Path) -> dict[str, str]:
    """Return the variables by which a process belongs to a state folder."""
    return {HOME_VARIABLE: str(state_dir), _KEEP_READABLE: "1"}


def processes_of(state_dir: Path, pid_file: Path) -> list[psutil.Process]:
    """Return the processes marked with a state folder, and hidden ones in its daemon's session.

    An Airflow task hides its environment, and so the mark, from everyone but root. Its session is public.

    Args:
        state_dir: The folder.
        pid_file: The pid file of its daemon, which leads a session; the file stays when the daemon is killed.
    """
    session = _session(state_dir, pid_file)
    found = []
    for process in psutil.process_iter():
        try:
            if _belongs(process, state_dir, session) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue  # another user's, or ended meanwhile
    return found


def home_of(process: psutil.Process) -> str | None:
    """Return the state folder that a process is marked with; None without a mark, or one this user may not read."""
    try:
        home: str | None = process.environ().get(HOME_VARIABLE)
    except (psutil.Error, OSError):
        return None
    return home


def end(processes: list[psutil.Process], *, timeout_s: float) -> None:
    """Terminate processes, so that they save their state, and kill those that do not end in time."""
    for process in processes:
        try:
            process.terminate()
        except psutil.NoSuchProcess:
            continue
    _, alive = psutil.wait_procs(processes, timeout=timeout_s)
    for process in alive:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(alive, timeout=5)


def _belongs(process: psutil.Process, state_dir: Path, session: int | None) -> bool:
    try:
        return bool(process.environ().get(HOME_VARIABLE) == str(state_dir))
    except psutil.AccessDenied:
        return process.uids().real == os.getuid() and os.getsid(process.pid) == session


def _session(state_dir: Path, pid_file: Path) -> int | None:
    """The session that the daemon leads, or led until it was killed; its child processes stay in it."""
    try:
        leader, since = int(pid_file.read_text()), pid_file.stat().st_mtime
    except (OSError, ValueError):
        return None
    if since < psutil.boot_time():
        return None
    try:
        daemon = psutil.Process(leader)
        ended = daemon.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        ended = True
    return leader if ended or home_of(daemon) == str(state_dir) else None
