"""What `make reset` says of data, while the servers that write it still run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from local.stop import _size

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_folder_is_as_large_as_its_files(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "one").write_bytes(b"x" * 1_500)
    (tmp_path / "two").write_bytes(b"x" * 500)
    (tmp_path / "link").symlink_to("nowhere")
    assert _size(tmp_path) == "2 KB"
    assert _size(tmp_path / "two") == "500 B"


def test_what_a_server_removes_meanwhile_is_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stays").write_bytes(b"x" * 10)
    monkeypatch.setattr(os, "walk", lambda _: [(str(tmp_path), ["gone"], ["stays", "removed"])])
    assert _size(tmp_path) == "10 B"
