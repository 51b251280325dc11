"""Files that are too large for one request are uploaded in parts."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

import pytest

from feature_repo.errors import LakeError
from feature_repo.lake import objects as lake_module

if TYPE_CHECKING:
    from pathlib import Path

    from feature_repo.lake.objects import Lake

SIZE = 20 << 20


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(lake_module, "IN_ONE_PART", 1 << 20)
    path = tmp_path / "large"
    path.write_bytes(random.Random(3).randbytes(SIZE))
    return path


def test_a_large_file_comes_back_unchanged(lake: Lake, large: Path, tmp_path: Path) -> None:
    lake.put("large", large)
    assert lake.download("large", tmp_path / "back") == hashlib.sha256(large.read_bytes()).hexdigest()
    assert (tmp_path / "back").read_bytes() == large.read_bytes()


def test_downloading_a_missing_object_writes_no_file(lake: Lake, tmp_path: Path) -> None:
    assert lake.download("nothing", tmp_path / "back") is None
    assert not (tmp_path / "back").exists()


def test_a_large_file_without_a_bucket_is_one_line(lake: Lake, large: Path) -> None:
    lake.bucket = "there-is-no-such-bucket"
    with pytest.raises(LakeError, match="there-is-no-such-bucket"):
        lake.put("large", large)
