"""`python -m ops` as the Makefile calls it: each failure is one line, with what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from local.lock import exclusive
from local.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def local(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m ops` on its own folder."""
    return subprocess.run(
        [sys.executable, "-m", "ops", *arguments],
        env=os.environ | {"LOCAL_DIR": str(folder)} | environment,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


INSTALLING = ("local/__init__.py", "local/disk.py", "local/errors.py", "local/interruption.py", "local/lock.py")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("TARGET", "foo"),
        ("LOOP_NAME", "my loop"),
        ("START_TIMEOUT_S", "abc"),
        ("EMULATOR_PORT", "0"),
        ("YES", "perhaps"),
    ],
)
def test_an_invalid_setting_is_named(tmp_path: Path, setting: str, value: str) -> None:
    done = local(tmp_path, "status", **{setting: value})
    assert done.returncode == 1
    assert f"✗ {setting}={value}: " in done.stdout
    assert "→ See docs/settings.md" in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interrupt_during_imports_is_one_line(tmp_path: Path, name: str) -> None:
    swallowed = f"try: signal.raise_signal(signal.{name})\nexcept KeyboardInterrupt: pass\n"
    (tmp_path / "typer.py").write_text(f"import signal\n{swallowed}")
    done = local(tmp_path, "up", PYTHONPATH=str(tmp_path))
    assert done.returncode == 130
    assert done.stdout.split("\n") == ["", "Interrupted.", ""]


def test_up_never_goes_to_aws(tmp_path: Path) -> None:
    done = local(tmp_path, "up", TARGET="aws", AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none")
    assert done.returncode == 1
    assert "→ make deploy TARGET=aws" in done.stdout
    assert not (tmp_path / "aws" / "logs").exists(), "nothing was begun"


def test_sigterm_during_the_installation_ends_its_make(tmp_path: Path) -> None:
    done = install(tmp_path, "kill -TERM $PPID\nexec sleep 60\n")
    assert done.returncode == 130
    assert "! Interrupted. Run make up to continue." in done.stdout


def test_a_second_installation_names_the_first(tmp_path: Path) -> None:
    with exclusive(tmp_path / ".local", "make up"):
        done = install(tmp_path, "touch installing\n")
    assert done.returncode == 1
    assert f"✗ make up (process {os.getpid()}) is already running in {tmp_path / '.local'}." in done.stdout
    assert not (tmp_path / "installing").exists()


def test_a_full_disk_during_the_installation_is_named(tmp_path: Path) -> None:
    done = install(tmp_path, "echo 'error: No space left on device (os error 28)'\nexit 1\n")
    assert done.returncode == 1
    assert f"→ The disk is full: free some space (see df -h {tmp_path}/.local/logs)" in done.stdout


def test_environments_of_a_removed_python_are_rebuilt(tmp_path: Path) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "uv").touch()
    (tmp_path / ".venv" / "bin" / "python").symlink_to(tmp_path / "python3.10")
    done = install(tmp_path, "exit 0\n")
    assert "! The Python of the installed environments was removed" in done.stdout
    assert not (tmp_path / ".venv").exists()


def install(checkout: Path, making: str) -> subprocess.CompletedProcess[str]:
    """Run the installation in a new checkout, with a `make` that has something to do."""
    for name in (*INSTALLING, "ops/__init__.py", "ops/environments.py"):
        (checkout / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, checkout / name)
    make = checkout / "make"
    make.write_text(f'#!/bin/sh\n[ "$1" = --question ] && exit 1\n{making}')
    make.chmod(0o755)
    return subprocess.run(
        [sys.executable, "-m", "ops.environments", make],
        cwd=checkout,
        timeout=30,
        capture_output=True,
        text=True,
        check=False,
    )
