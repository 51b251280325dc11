"""The checks of the machine: all failures at once, each with its remedy."""

from __future__ import annotations

import errno
import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from local.settings import ROOT
from ops import preflight

if TYPE_CHECKING:
    from pathlib import Path

BEFORE_ANYTHING = ("ops/__init__.py", "ops/preflight.py", "local/__init__.py", "local/interruption.py")


def check(clone: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the checks in a clone, with only the given environment variables."""
    return subprocess.run(
        [sys.executable, "-m", "ops.preflight"],
        cwd=clone,
        env={"PATH": os.defpath, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def installed_clone(folder: Path) -> Path:
    """A clone with the code of the checks, in which everything seems to be installed."""
    for name in BEFORE_ANYTHING:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for stamp in preflight.INSTALLED:
        (folder / stamp).parent.mkdir()
        (folder / stamp).touch()
    return folder


def test_a_machine_that_has_everything_passes_silently(tmp_path: Path) -> None:
    done = check(installed_clone(tmp_path / "my 'loop' (1) & ü"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_all_failures_are_reported_together_each_with_a_remedy(tmp_path: Path) -> None:
    done = check(installed_clone(tmp_path), MLFLOW_PORT="none", LOCAL_DIR=str(tmp_path / "100%"))
    assert done.returncode == 1
    assert "MLFLOW_PORT=none is not a port." in done.stderr
    assert "100% contains %" in done.stderr
    assert done.stderr.count("✗") == done.stderr.count("→") == 2


@pytest.fixture
def nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A clone in which nothing is installed, on a machine that uses the public registries."""
    monkeypatch.setattr(preflight, "ROOT", tmp_path)
    monkeypatch.setattr(preflight, "CONFIGURATIONS", ())
    for name in os.environ:
        if preflight.CONFIGURED.fullmatch(name) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    return monkeypatch


def test_a_registry_that_cannot_be_reached_is_named(nothing_installed: pytest.MonkeyPatch) -> None:
    nothing_installed.setattr(preflight, "REGISTRIES", ("registry.invalid",))
    with pytest.raises(preflight.NeedError, match=r"registry\.invalid: "):
        preflight.network()


def test_a_network_that_drops_all_packets_times_out(nothing_installed: pytest.MonkeyPatch) -> None:
    swallowed = threading.Event()
    nothing_installed.setattr(preflight, "NETWORK_TIMEOUT_S", 0.1)
    nothing_installed.setattr(preflight, "call", lambda *_: swallowed.wait())
    with pytest.raises(preflight.NeedError, match=r"pypi\.org: no answer within 0\.1 s; registry\.npmjs\.org: no"):
        preflight.network()
    swallowed.set()


@pytest.mark.parametrize("name", ["UV_DEFAULT_INDEX", "npm_config_registry", "https_proxy", "UV_OFFLINE"])
def test_a_mirror_or_a_proxy_is_left_to_uv_and_npm(nothing_installed: pytest.MonkeyPatch, name: str) -> None:
    nothing_installed.setattr(preflight, "REGISTRIES", ("registry.invalid",))
    nothing_installed.setenv(name, "https://user:secret@mirror.example/simple")
    preflight.network()


def test_the_network_is_not_needed_when_everything_is_installed(
    tmp_path: Path, nothing_installed: pytest.MonkeyPatch
) -> None:
    nothing_installed.setattr(preflight, "REGISTRIES", ("registry.invalid",))
    nothing_installed.setattr(preflight, "ROOT", installed_clone(tmp_path / "clone"))
    preflight.network()


def test_installing_needs_more_disk_space_than_running(nothing_installed: pytest.MonkeyPatch) -> None:
    nothing_installed.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=3.9e9))
    with pytest.raises(preflight.NeedError, match=r"4 GB of free disk space required in .*, 3\.9 GB available"):
        preflight.disk()


def test_a_requested_port_must_be_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = check(ROOT, EMULATOR_PORT=port)
    assert f"Port {port} (EMULATOR_PORT) is already in use by" in done.stderr


@pytest.mark.parametrize("port", ["0", "70000", "http", "-1"])
def test_an_invalid_port_is_refused(port: str) -> None:
    assert f"MLFLOW_PORT={port} is not a port." in check(ROOT, MLFLOW_PORT=port).stderr


def test_a_machine_without_semaphores_gets_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(multiprocessing, "Lock", refused)
    with pytest.raises(preflight.NeedError, match="Cannot create semaphores in /dev/shm: Permission denied"):
        preflight.shared_memory()


@pytest.mark.parametrize("mark", ["%", ";", "#", '"', ":", "?"])
def test_a_path_that_the_servers_cannot_handle_is_refused(tmp_path: Path, mark: str) -> None:
    odd = tmp_path / f"100{mark} odd"
    assert f"Clone to a path without {mark}" in check(installed_clone(odd)).stderr
    done = check(installed_clone(tmp_path / "plain"), LOCAL_DIR=str(odd))
    assert f"Set LOCAL_DIR to a path without {mark}" in done.stderr


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    done = check(installed_clone(tmp_path), LOCAL_DIR="/proc/loop")
    assert "Cannot write to /proc: " in done.stderr


def test_a_full_file_system_is_named(tmp_path: Path) -> None:
    done = check(installed_clone(tmp_path), LOCAL_DIR="/proc/loop")
    assert "0.5 GB of free disk space required in /proc, 0.0 GB available." in done.stderr
