"""Before a process runs Airflow, the start-up script is read and the database is migrated once."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, TextIO

import pytest

from local.airflow import launch

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The migrations that were run; each creates the database."""
    commands: list[list[str]] = []

    def run(command: list[str], *, stdout: TextIO, check: bool) -> None:
        assert check
        assert stdout is sys.stderr, "what a command prints comes first"
        commands.append(command)
        sqlite3.connect(tmp_path / "airflow.db").close()
        (tmp_path / "airflow.db").touch()

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_the_exports_of_the_script_are_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "from before")
    script = tmp_path / "startup.sh"
    script.write_text("echo told to the log\nexport GIVEN='two\nlines = 2'\nNOT_EXPORTED=1\n")
    exported = launch._exported_by(str(script))
    assert exported["GIVEN"] == "two\nlines = 2"
    assert exported["KEPT"] == "from before"
    assert "NOT_EXPORTED" not in exported


def test_a_script_that_fails_ends_the_start(tmp_path: Path) -> None:
    script = tmp_path / "startup.sh"
    script.write_text("false\nexport GIVEN=1\n")
    with pytest.raises(subprocess.CalledProcessError):
        launch._exported_by(str(script))


def test_processes_that_start_at_once_migrate_once(tmp_path: Path, migrations: list[list[str]]) -> None:
    with ThreadPoolExecutor(4) as processes:
        list(processes.map(launch._migrate_file, [tmp_path] * 4))
    assert len(migrations) == 1
    with closing(sqlite3.connect(tmp_path / "airflow.db")) as connection:
        mode = connection.execute("PRAGMA journal_mode").fetchone()
    assert mode == ("wal",)


@pytest.mark.parametrize("lost", ["airflow.db", "migrated"])
def test_a_missing_or_half_migrated_database_is_migrated_again(
    tmp_path: Path, migrations: list[list[str]], lost: str
) -> None:
    launch._migrate_file(tmp_path)
    (tmp_path / lost).unlink()
    launch._migrate_file(tmp_path)
    assert len(migrations) == 2


def test_another_version_of_airflow_migrates(tmp_path: Path, migrations: list[list[str]]) -> None:
    launch._migrate_file(tmp_path)
    (tmp_path / "migrated").write_text("3.0.6")
    launch._migrate_file(tmp_path)
    assert len(migrations) == 2


def test_only_the_api_server_migrates_a_database_that_others_wait_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrations: list[list[str]]
) -> None:
    (tmp_path / "secrets.json").write_text(json.dumps(dict.fromkeys(launch.SECRETS, "x")))
    for name in launch.SECRETS.values():
        monkeypatch.setenv(name, "before")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "postgresql+psycopg2://postgres/airflow")
    monkeypatch.setattr(os, "execv", lambda *_arguments: None)
    for process, so_far in (("scheduler", 0), ("api-server", 1), ("dag-processor", 1)):
        monkeypatch.setattr(sys, "argv", ["launch.py", process])
        launch.main()
        assert len(migrations) == so_far
