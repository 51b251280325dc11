"""A full disk is told from every other reason."""

from __future__ import annotations

import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING

from local.disk import FULL_BELOW_BYTES, remedy_when_full

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_disk_with_room_is_no_reason(tmp_path: Path) -> None:
    assert remedy_when_full([tmp_path], "Killed") is None


def test_one_that_is_full_is_named_though_nobody_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def usage(place: Path) -> SimpleNamespace:
        return SimpleNamespace(free=FULL_BELOW_BYTES - 1 if place == tmp_path else FULL_BELOW_BYTES)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    assert f"df -h '{tmp_path}'" in str(remedy_when_full([tmp_path / "not there", tmp_path]))


def test_a_quota_that_is_used_up_is_a_full_disk(tmp_path: Path) -> None:
    assert f"df -h '{tmp_path}'" in str(remedy_when_full([tmp_path], "OSError: [Errno 122] Disk quota exceeded"))
