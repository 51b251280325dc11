"""A file is written completely or not at all."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from sentiment.files import written_whole

FULL = OSError(errno.ENOSPC, "No space left on device")


def test_a_file_is_replaced_once_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with written_whole(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def write_half(path: Path, failure: BaseException) -> None:
    with written_whole(path) as file:
        file.write(b"ne")
        raise failure


@pytest.mark.parametrize("failure", [FULL, KeyboardInterrupt()], ids=["full disk", "Ctrl-C"])
@pytest.mark.parametrize("old", [b"old", None], ids=["replaced", "new"])
def test_a_failed_write_keeps_the_old_file(tmp_path: Path, failure: BaseException, old: bytes | None) -> None:
    path = tmp_path / "file"
    if old is not None:
        path.write_bytes(old)
    with pytest.raises(type(failure)):
        write_half(path, failure)
    assert {found.name: found.read_bytes() for found in tmp_path.iterdir()} == ({} if old is None else {"file": old})


@pytest.mark.parametrize("path", [Path("/dev/null"), Path("/")], ids=str)
def test_a_device_or_a_folder_is_never_replaced(path: Path) -> None:
    with pytest.raises(ValueError, match="not a regular file"), written_whole(path):
        pass
