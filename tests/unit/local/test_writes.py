"""The emulator's journal: a line is whole or absent, and a damaged one costs itself only."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from local.emulator.writes import Write, WriteFile, read

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = (
    Write("DynamoDB_20120810.PutItem", f'{{"n": {n}}}', "000000000000", "us-east-1", [str(n)], 1.0) for n in (1, 2)
)


def test_what_is_appended_is_read_back_in_order(tmp_path: Path) -> None:
    file = WriteFile(tmp_path / "journal")
    file.append(FIRST)
    file.append(SECOND)
    assert list(read(tmp_path / "journal")) == [FIRST, SECOND]


def test_a_system_that_writes_in_pieces_still_gets_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, bytes(data)[:7]))
    WriteFile(tmp_path / "journal").append(FIRST)
    assert list(read(tmp_path / "journal")) == [FIRST]


def test_on_a_full_disk_nothing_of_the_line_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = WriteFile(tmp_path / "journal")
    file.append(FIRST)
    write = os.write
    room = [10]

    def fill(descriptor: int, data: bytes) -> int:
        if not room:
            raise OSError(28, "No space left on device")
        return write(descriptor, bytes(data)[: room.pop()])

    with monkeypatch.context() as full:
        full.setattr(os, "write", fill)
        with pytest.raises(OSError, match="No space left"):
            file.append(SECOND)
    file.append(SECOND)
    assert list(read(tmp_path / "journal")) == [FIRST, SECOND]


@pytest.mark.parametrize("damage", [b'{"target": "Dyn\n', b"{}\n", b"\0\0\n", b"\xff\n", b"[]\n"])
def test_a_damaged_line_is_told_and_the_next_is_read(tmp_path: Path, damage: bytes) -> None:
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
