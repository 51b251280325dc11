"""The emulator's journal: a line is complete or absent, and a damaged one affects no other."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from local.emulator.writes import Write, WriteFile, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIRST, SECOND = (
    Write("DynamoDB_20120810.PutItem", f'{{"n": {n}}}', "000000000000", "us-east-1", [str(n)], 1.0) for n in (1, 2)
)


def test_appended_writes_are_read_back_in_order(tmp_path: Path) -> None:
    file = WriteFile(tmp_path / "journal")
    file.append(FIRST)
    file.append(SECOND)
    assert list(read(tmp_path / "journal")) == [FIRST, SECOND]


def test_partial_writes_still_make_complete_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda descriptor, data, place: write(descriptor, bytes(data)[:7], place))
    WriteFile(tmp_path / "journal").append(FIRST)
    assert list(read(tmp_path / "journal")) == [FIRST]


def test_a_partial_line_is_overwritten_by_the_next_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = WriteFile(tmp_path / "journal")
    file.append(FIRST)
    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", _filling(space=10))
        with pytest.raises(OSError, match="No space left"):
            file.append(SECOND)
    assert list(read(tmp_path / "journal")) == [FIRST]
    file.append(SECOND)
    assert list(read(tmp_path / "journal")) == [FIRST, SECOND]


def test_disk_space_is_reserved_before_a_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal"
    file = WriteFile(path)
    file.make_room(1000)
    taken = path.stat().st_size
    assert taken >= 1000
    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", _filling(space=10))
        file.make_room(1000)
        with pytest.raises(OSError, match="No space left"):
            file.make_room(taken + 1)
    file.append(FIRST)
    assert path.stat().st_size == taken
    assert list(read(path)) == [FIRST]
    file.close()
    file.sync()
    assert path.stat().st_size < taken, "space that was not needed is released"
    assert list(read(path)) == [FIRST]


def _filling(space: int) -> Callable[[int, bytes, int], int]:
    """A disk that is full after some bytes."""
    write = os.pwrite
    left = [space]

    def fill(descriptor: int, data: bytes, place: int) -> int:
        if not left:
            raise OSError(28, "No space left on device")
        return write(descriptor, bytes(data)[: left.pop()], place)

    return fill


@pytest.mark.parametrize("damage", [b'{"target": "Dyn\n', b"{}\n", b"\0\0\n", b"\xff\n", b"[]\n"])
def test_a_damaged_line_is_reported_and_the_next_is_read(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "journal"
    path.write_bytes(damage)
    WriteFile(path).append(SECOND)
    assert list(read(path)) == [None, SECOND]


def test_a_last_line_cut_short_was_never_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    WriteFile(path).append(FIRST)
    with path.open("ab") as file:
        file.write(b'{"target": "Dyn')
    assert list(read(path)) == [FIRST]
