"""Ports: who holds one, and which one a server gets."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import psutil

from local.errors import LocalError
from local.files import read_object, write_whole
from local.processes import home_of

if TYPE_CHECKING:
    from pathlib import Path

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on the port, and nobody answers there already."""
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
    """The process that listens on the port, if it may be seen by this user."""
    for process in psutil.process_iter():
        try:
            if any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in process.net_connections("tcp")):
                return process
        except (psutil.AccessDenied, psutil.NoSuchProcess):
            continue
    return None


def describe(process: psutil.Process | None) -> str:
    """By whom a port is held, as people know it: the loop of another folder, or a command; and the process."""
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
    """A port that nobody listens on now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


class Ports:
    """The ports that the servers of one folder use, kept so that addresses stay the same from run to run."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def known(self) -> dict[str, int]:
        """The port of each server, as last used."""
        return {server: port for server, port in read_object(self._file).items() if isinstance(port, int)}

    def choose(self, server: str, *, preferred: int, explicit: bool) -> tuple[int, str | None]:
        """The port for a server that is not running, and a note when it is not the preferred one.

        Raises:
            LocalError: The port was asked for by name and somebody else has it.
        """
        last = self.known().get(server)
        wanted = preferred if explicit or last is None else last
        note = None
        port = wanted
        if not is_free(wanted):
            who = describe(holder(wanted))
            if explicit:
                raise LocalError(
                    f"Port {wanted} for {server} is held {who}.",
                    remedy=f"Stop that process, or leave {server.upper()}_PORT unset to have a free port taken.",
                )
            port = free_port()
            note = f"Port {wanted} is held {who}; {server} takes {port} instead."
        write_whole(self._file, json.dumps(self.known() | {server: port}))
        return port, note
