"""The supervisor's socket has a short path in a folder of this user."""

from __future__ import annotations

import os
import socket
import stat
from typing import TYPE_CHECKING

import pytest

from local.errors import LocalError
from local.sockets import SocketTransport, make_private, socket_path

if TYPE_CHECKING:
    from pathlib import Path

MACOS_LIMIT = 103
LONGEST_PID = ".4194304"


@pytest.mark.parametrize("depth", range(1, 130, 8))
def test_supervisord_can_bind_the_path_with_its_process_id_appended(tmp_path: Path, depth: int) -> None:
    path = socket_path(tmp_path.parent / ("x" * depth))
    assert len(os.fsencode(path)) + len(LONGEST_PID) <= MACOS_LIMIT


def test_the_socket_does_not_depend_on_tmpdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    far = tmp_path / ("x" * 200)
    before = socket_path(far)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert socket_path(far) == before


def test_the_folder_is_for_this_user_only(tmp_path: Path) -> None:
    folder = tmp_path / "supervisor"
    folder.mkdir(mode=0o777)
    make_private(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(LocalError, match="is not a folder owned by this user"):
        make_private(tmp_path)


def test_a_link_to_a_folder_of_this_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(LocalError, match="is not a folder owned by this user"):
        make_private(tmp_path / "link")


def test_another_users_socket_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen()
        connection = SocketTransport(path).make_connection("localhost")
        connection.connect()
        connection.close()
        monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
        with pytest.raises(PermissionError):
            SocketTransport(path).make_connection("localhost").connect()
