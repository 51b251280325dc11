"""Airflow's secrets are created once, and only this user can read them."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest
from cryptography.fernet import Fernet

from local.airflow.secrets import FILE, PASSWORDS_FILE, ensure

if TYPE_CHECKING:
    from pathlib import Path


def test_secrets_stay_the_same_from_run_to_run(tmp_path: Path) -> None:
    assert ensure(tmp_path) == ensure(tmp_path)


def test_no_two_loops_share_secrets(tmp_path: Path) -> None:
    one, other = ensure(tmp_path / "one"), ensure(tmp_path / "other")
    assert not {*one.values()} & {*other.values()}


@pytest.mark.parametrize("name", [FILE, PASSWORDS_FILE])
def test_the_files_with_secrets_are_for_this_user_only(tmp_path: Path, name: str) -> None:
    ensure(tmp_path)
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"password": 3}'])
def test_a_damaged_file_is_replaced(tmp_path: Path, damage: str) -> None:
    (tmp_path / FILE).write_text(damage)
    made = ensure(tmp_path)
    assert ensure(tmp_path) == made
    Fernet(made["fernet_key"]).decrypt(Fernet(made["fernet_key"]).encrypt(b"it is a key"))


def test_a_missing_password_file_is_restored(tmp_path: Path) -> None:
    made = ensure(tmp_path)
    (tmp_path / PASSWORDS_FILE).unlink()
    ensure(tmp_path)
    assert json.loads((tmp_path / PASSWORDS_FILE).read_text()) == {"admin": made["password"]}
