"""State files are written completely, and a damaged one counts as absent."""

from __future__ import annotations

import resource
import signal
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from local import programs
from local.files import read_object, write_whole
from local.loop import open_loop
from local.ports import Ports, free_port
from local.settings import Settings
from local.terminal import Terminal
from ops import deploy, outputs
from ops.status import status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAMAGED = ["", '{"emulator": 45', "[]", "\0\0\0", "\udcff"]


def test_a_file_is_for_this_user_only_even_if_the_old_one_was_not(tmp_path: Path) -> None:
    path = tmp_path / "outputs.json"
    path.write_text("old")
    path.chmod(0o644)
    write_whole(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@contextmanager
def full_disk() -> Iterator[None]:
    """Limit all files to 100 bytes as if the disk were full; only briefly, as pytest's output may be a file."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


def test_on_a_full_disk_the_old_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "ports.json"
    write_whole(path, "old")
    with full_disk(), pytest.raises(OSError, match="too large"):
        write_whole(path, "x" * 1000)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_file_reads_as_absent(tmp_path: Path, text: str) -> None:
    (tmp_path / "file").write_bytes(text.encode(errors="surrogateescape"))
    assert read_object(tmp_path / "file") == read_object(tmp_path / "absent") == {}


@pytest.mark.parametrize("text", DAMAGED)
def test_no_damaged_state_file_stops_a_command(tmp_path: Path, text: str) -> None:
    for name in ("ports.json", "timings.json", "deployed.json", "outputs.json"):
        (tmp_path / name).write_bytes(text.encode(errors="surrogateescape"))
    loop = open_loop(Settings(local_dir=tmp_path), Terminal(tmp_path / "timings.json"))

    assert not status(loop)
    assert not deploy.is_current(loop)
    assert outputs.read(loop) == {}
    with loop.terminal.step("Deploy", key="deploy", usual_s=1):
        pass
    port = free_port()
    assert Ports(tmp_path / "ports.json").choose("emulator", preferred=port, explicit=False) == (port, None)


@pytest.mark.parametrize("damaged", [b"", b"0a1b", b'0a1b2c3d4e5f60718293a4b5c6d7e8"x', b"\xff" * 32])
def test_a_damaged_run_id_is_replaced(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / "run-id").write_bytes(damaged)
    made = programs.run_id(tmp_path)
    assert len(bytes.fromhex(made)) == 16
    assert programs.run_id(tmp_path) == made
