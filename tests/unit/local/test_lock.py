"""The lock of a state folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.errors import LocalError
from local.lock import exclusive

if TYPE_CHECKING:
    from pathlib import Path


def test_the_second_command_names_the_first(tmp_path: Path) -> None:
    with exclusive(tmp_path, "make up"), pytest.raises(LocalError, match=r"make up \(process \d+\) is already running"):  # noqa: SIM117 (one inside the other is the point)
        with exclusive(tmp_path, "make down"):
            pytest.fail("two commands at once")


def test_the_lock_is_released_however_the_command_ends(tmp_path: Path) -> None:
    with pytest.raises(KeyError), exclusive(tmp_path, "make up"):
        raise KeyError
    with exclusive(tmp_path, "make up"):
        assert (tmp_path / "lock").read_text().startswith("make up")
