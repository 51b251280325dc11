"""A port in use is described, and a chosen one is kept from run to run."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from local.errors import LocalError
from local.ports import Ports, describe, free_port, holder, is_free
from local.processes import HOME_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def test_the_process_that_uses_a_port_is_found(taken: int) -> None:
    process = holder(taken)
    assert process is not None
    assert process.pid == os.getpid()


def test_a_port_used_by_another_loop_is_described_by_its_folder() -> None:
    waiting = [sys.executable, "-c", "print('up', flush=True); input()"]
    environment = os.environ | {HOME_VARIABLE: "/home/ann/clone/.local"}
    with subprocess.Popen(waiting, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        server.stdout.readline()
        said = describe(psutil.Process(server.pid))
    assert said == f"by the loop in /home/ann/clone/.local (process {server.pid})"


def test_a_port_with_a_listener_on_every_interface_is_not_free() -> None:
    with socket.create_server(("0.0.0.0", 0)) as listener:  # noqa: S104 (the case under test)
        assert not is_free(listener.getsockname()[1])


def test_the_preferred_port_is_used_when_free(tmp_path: Path) -> None:
    port = free_port()
    assert Ports(tmp_path / "ports.json").choose("emulator", preferred=port, explicit=False) == (port, None)


def test_a_free_port_replaces_a_used_one_and_both_are_named(tmp_path: Path, taken: int) -> None:
    port, note = Ports(tmp_path / "ports.json").choose("emulator", preferred=taken, explicit=False)
    assert port != taken
    assert note is not None
    assert f"Port {taken} is already in use by" in note
    assert f"process {os.getpid()}" in note
    assert f"emulator uses {port}" in note


def test_a_chosen_port_is_kept(tmp_path: Path, taken: int) -> None:
    ports = Ports(tmp_path / "ports.json")
    first, _ = ports.choose("emulator", preferred=taken, explicit=False)
    assert Ports(tmp_path / "ports.json").choose("emulator", preferred=4566, explicit=False) == (first, None)


def test_a_requested_port_that_is_in_use_is_an_error(tmp_path: Path, taken: int) -> None:
    with pytest.raises(LocalError, match=f"Port {taken} for mlflow is already in use by") as caught:
        Ports(tmp_path / "ports.json").choose("mlflow", preferred=taken, explicit=True)
    assert "MLFLOW_PORT" in caught.value.remedy
