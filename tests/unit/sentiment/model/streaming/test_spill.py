"""Arrays on disk are read back unchanged and leave nothing behind; a full disk is reported."""

from __future__ import annotations

import resource
import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sentiment.model.errors import StreamingError
from sentiment.model.streaming.spill import Spill

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def test_groups_are_read_in_order_any_number_of_times() -> None:
    groups: list[list[NDArray[Any]]] = [
        [np.arange(count), np.ones((count, 2), dtype=np.float32), np.array([True])] for count in (3, 0, 7)
    ]
    with Spill(list) as spill:
        for group in groups:
            spill.append(group)
        for _ in range(2):
            read = list(spill)
            assert len(read) == 3
            for written, again in zip(groups, read, strict=True):
                assert [array.dtype for array in written] == [array.dtype for array in again]
                assert all(np.array_equal(one, other) for one, other in zip(written, again, strict=True))


def test_the_file_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Spill(list) as spill:
        spill.append([np.arange(1000)])
        assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_reported_with_what_to_do() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Spill(list) as spill:
        spill.append([np.arange(1000)])
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
        try:
            with pytest.raises(StreamingError, match=r"no space left in .* set TMPDIR"):
                spill.append([np.arange(100_000)])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
