"""The checks before anything is changed: all failures at once, each with its remedy."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from local.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

BEFORE_ANYTHING = ("preflight.py", "interruption.py", "__init__.py")
NOBODY_LISTENS = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/", "NPM_CONFIG_REGISTRY": "http://127.0.0.1:9/"}
OFFLINE = {"UV_OFFLINE": "1"}


def check(clone: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the checks in a clone, in an environment that has nothing but what is given."""
    return subprocess.run(
        [sys.executable, "-m", "local.preflight"],
        cwd=clone,
        env={"PATH": os.defpath, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def fresh_clone(folder: Path) -> Path:
    """A clone in which nothing is installed: what the checks consist of."""
    (folder / "local").mkdir(parents=True)
    for name in BEFORE_ANYTHING:
        shutil.copy(ROOT / "local" / name, folder / "local")
    return folder


def test_a_machine_that_has_everything_passes_silently(tmp_path: Path) -> None:
    done = check(fresh_clone(tmp_path / "my #1 'loop'"), **OFFLINE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_all_failures_are_reported_together_each_with_a_remedy(tmp_path: Path) -> None:
    done = check(fresh_clone(tmp_path), MLFLOW_PORT="none", **NOBODY_LISTENS)
    assert done.returncode == 1
    assert "Packages cannot be had: http://127.0.0.1:9/" in done.stderr
    assert "MLFLOW_PORT=none is no port." in done.stderr
    assert done.stderr.count("✗") == done.stderr.count("→") == 2


def test_what_is_installed_needs_no_network(tmp_path: Path) -> None:
    clone = fresh_clone(tmp_path)
    for stamp in (".venv/runtime", ".emulator/ready", "node_modules/.package-lock.json"):
        (clone / stamp).parent.mkdir(parents=True)
        (clone / stamp).touch()
    assert check(clone, **NOBODY_LISTENS).returncode == 0


def test_a_port_asked_for_by_name_must_be_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = check(ROOT, EMULATOR_PORT=port, **OFFLINE)
    assert f"Port {port} (EMULATOR_PORT) is held by" in done.stderr


@pytest.mark.parametrize("port", ["0", "70000", "http", "-1"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    assert f"MLFLOW_PORT={port} is no port." in check(ROOT, MLFLOW_PORT=port, **OFFLINE).stderr


@pytest.mark.parametrize("mark", ["%", ";", '"', ":", "?"])
def test_a_folder_that_the_servers_cannot_be_told_of_is_refused(tmp_path: Path, mark: str) -> None:
    odd = tmp_path / f"100{mark} odd"
    assert f"Clone to a path without {mark}" in check(fresh_clone(odd), **OFFLINE).stderr
    done = check(fresh_clone(tmp_path / "plain"), LOCAL_DIR=str(odd), **OFFLINE)
    assert f"Set LOCAL_DIR to a path without {mark}" in done.stderr


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    done = check(fresh_clone(tmp_path), LOCAL_DIR="/proc/loop", **OFFLINE)
    assert "/proc cannot be written to" in done.stderr


def test_a_file_system_without_room_is_named(tmp_path: Path) -> None:
    done = check(fresh_clone(tmp_path), LOCAL_DIR="/proc/loop", **OFFLINE)
    assert "0.5 GB of disk needed in /proc; 0.0 GB are free." in done.stderr
