"""Ports: which process uses one, and which one a server gets."""

from __future__ import annotations

import json
import random
import socket
from itertools import count
from typing import TYPE_CHECKING

import psutil

from local.errors import LocalError
from local.files import read_object, write_whole
from local.processes import home_of

if TYPE_CHECKING:
    from pathlib import Path

HOST = "127.0.0.1"

_FIRST, _LAST = 20_000, 32_000
"""Below the ports that systems give to outgoing connections: one of those may take a port while its server restarts."""
_candidates = (_FIRST + number % (_LAST - _FIRST) for number in count(random.randrange(_LAST - _FIRST)))  # noqa: S311


def is_free(port: int) -> bool:
    """Whether a server could listen on the port and none does yet."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as caller:
        caller.settimeout(0.5)
        if caller.connect_ex((HOST, port)) == 0:
            return False  # on macOS a bind can succeed beside a listener on every interface
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            return False
    return True


def holder(port: int) -> psutil.Process | None:
    """The process that listens on the port, if this user may see it."""
    for process in psutil.process_iter():
        try:
            if any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in process.net_connections("tcp")):
                return process
        except (psutil.AccessDenied, psutil.NoSuchProcess):
            continue
    return None


def describe(process: psutil.Process | None) -> str:
    """Who uses a port: the loop of another folder, or a command, with the process id."""
    if process is None:
        return "by another user's process"
    home = home_of(process)
    if home:
        return f"by the loop in {home} (process {process.pid})"
    try:
        command = " ".join(process.cmdline()) or process.name()
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        command = "a process"
    return f"by {command[:80]} (process {process.pid})"


def free_port() -> int:
    """A port that is free now, another one with each call."""
    return next(port for port in _candidates if is_free(port))


class Ports:
    """The ports of one folder's servers, saved so that addresses stay the same from run to run."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def known(self) -> dict[str, int]:
        """The port that each server used last."""
        return {server: port for server, port in read_object(self._file).items() if isinstance(port, int)}

    def choose(self, server: str, *, preferred: int, explicit: bool) -> tuple[int, str | None]:
        """The port for a server that is not running, and a note when it is not the preferred one.

        Raises:
            LocalError: The user asked for the port, and another process uses it.
        """
        last = self.known().get(server)
        wanted = preferred if explicit or last is None else last
        note = None
        port = wanted
        if not is_free(wanted):
            who = describe(holder(wanted))
            if explicit:
                raise LocalError(
                    f"Port {wanted} for {server} is already in use {who}.",
                    remedy=f"Stop that process, or unset {server.upper()}_PORT to use any free port",
                )
            port = free_port()
            note = f"Port {wanted} is already in use {who}; {server} uses {port} instead."
        write_whole(self._file, json.dumps(self.known() | {server: port}))
        return port, note
