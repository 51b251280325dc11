"""The supervisor's unix socket: a path short enough for every system, in a folder of this user."""

from __future__ import annotations

import hashlib
import http.client
import os
import socket
import stat
import xmlrpc.client
from pathlib import Path
from typing import Any

from local.errors import LocalError

PATH_LIMIT = 90
"""Bytes of a unix socket's path: macOS allows 103, and supervisord first binds one with its process id appended."""


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self) -> None:
        _check_owner(self._path.parent)  # below /tmp, anybody could have created it
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class SocketTransport(xmlrpc.client.Transport):
    """XML-RPC through a unix socket."""

    # supervisor.xmlrpc.SupervisorTransport has no timeout: a stopped daemon would hang every command.
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:  # noqa: ANN401 (typeshed's signature)
        """A connection that is not open yet."""
        connection = _SocketConnection(self._path)
        self._connection = (host, connection)
        return connection

    def single_request(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 (the same)
        """Make one call on a new connection."""
        try:
            return super().single_request(*arguments, **options)
        finally:
            self.close()


def socket_path(folder: Path) -> Path:
    """The path of a folder's socket: in the folder, or below /tmp when that path would be too long."""
    path = folder / "supervisor.sock"
    if len(os.fsencode(path)) <= PATH_LIMIT:
        return path
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    # Not $TMPDIR, which is longer on macOS and not the same in every shell.
    return Path(f"/tmp/sl-{os.getuid()}-{digest}") / "s"  # noqa: S108 (its owner is checked)


def _check_owner(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(f"{folder} is not a folder owned by this user")


def make_private(folder: Path) -> None:
    """Create the folder of a socket, accessible to this user only.

    Raises:
        LocalError: Another user has created it already.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        _check_owner(folder)
    except PermissionError as error:
        raise LocalError(f"{error}.", remedy="Set LOCAL_DIR to a folder with a shorter path") from error
    folder.chmod(0o700)
