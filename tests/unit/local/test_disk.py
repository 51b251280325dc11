"""A full disk is told from every other cause of a failure."""

from __future__ import annotations

import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from local.disk import FULL_BELOW_BYTES, remedy_when_full

if TYPE_CHECKING:
    from pathlib import Path


def test_a_disk_with_free_space_is_not_the_cause(tmp_path: Path) -> None:
    assert remedy_when_full([tmp_path], "ENOSPC: System limit for number of file watchers reached") is None


def test_a_full_disk_is_named_even_if_the_command_does_not_mention_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "my loop"
    folder.mkdir()

    def usage(place: Path) -> SimpleNamespace:
        return SimpleNamespace(total=1, free=FULL_BELOW_BYTES - 1 if place == folder else FULL_BELOW_BYTES)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    assert f"df -h '{folder}'" in str(remedy_when_full([tmp_path / "not there", folder]))


def test_a_message_about_a_full_disk_is_enough(tmp_path: Path) -> None:
    said = "OSError: [Errno 28] No space left on device"
    assert f"The disk is full: free some space (see df -h {tmp_path})" in str(remedy_when_full([tmp_path], said))


def test_an_exceeded_quota_is_told_from_a_full_disk(tmp_path: Path) -> None:
    assert "quota is exceeded" in str(remedy_when_full([tmp_path], "OSError: [Errno 122] Disk quota exceeded"))


@pytest.mark.parametrize("home", ["/nonexistent", "/proc", None])
def test_a_missing_home_or_temporary_folder_does_not_hide_the_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: str | None
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "not there"))
    if home is None:
        monkeypatch.delenv("HOME")
    else:
        monkeypatch.setenv("HOME", home)
    assert remedy_when_full([tmp_path]) is None
