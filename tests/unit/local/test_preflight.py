"""The checks before anything is changed: all failures at once, each with its remedy, on any Python 3."""

from __future__ import annotations

import ast
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


def run(
    tools: Path, interpreter: str = sys.executable, *, clone: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the checks with only the given folder of tools on the PATH."""
    return subprocess.run(
        [sys.executable, "-m", "local.preflight", interpreter],
        cwd=clone,
        env={"PATH": str(tools), "HOME": os.environ.get("HOME", "/"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with a Node that is new enough, and npm."""
    folder = tmp_path / "bin"
    folder.mkdir()
    _tool(folder, "node", "v20.1.0")
    _tool(folder, "npm", "10.0.0")
    return folder


def test_a_machine_that_has_everything_passes_silently(tools: Path) -> None:
    done = run(tools)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_all_failures_are_reported_together_each_with_a_remedy(tmp_path: Path) -> None:
    done = run(tmp_path, interpreter="")
    assert done.returncode == 1
    assert "Python 3.11 or 3.12 needed" in done.stderr
    assert "Node 20 or later needed (the CDK command line runs on it); there is none." in done.stderr
    assert done.stderr.count("✗") == done.stderr.count("→") == 2


def test_an_old_node_is_named(tools: Path) -> None:
    _tool(tools, "node", "v18.19.0")
    assert "Node 20 or later needed; node here is v18.19.0." in run(tools).stderr


def test_a_broken_node_is_no_crash(tools: Path) -> None:
    _tool(tools, "node", "Segmentation fault")
    assert "node here is Segmentation fault" in run(tools).stderr


def test_npm_may_be_missing_beside_node(tools: Path) -> None:
    (tools / "npm").unlink()
    assert "npm needed" in run(tools).stderr


def test_an_interpreter_that_cannot_make_environments_is_named(tools: Path) -> None:
    (tools / "python3.12").write_text("#!/bin/sh\nexit 1\n")
    (tools / "python3.12").chmod(0o755)
    done = run(tools, interpreter=str(tools / "python3.12"))
    assert "cannot make virtual environments" in done.stderr
    assert "python3.12-venv" in done.stderr or "Install" in done.stderr


def test_a_port_asked_for_by_name_must_be_free(tools: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run(tools, EMULATOR_PORT=port)
    assert f"Port {port} (EMULATOR_PORT) is held by" in done.stderr


@pytest.mark.parametrize("port", ["0", "70000", "http", "-1"])
def test_a_port_that_is_none_is_refused(tools: Path, port: str) -> None:
    assert f"MLFLOW_PORT={port} is no port." in run(tools, MLFLOW_PORT=port).stderr


@pytest.mark.parametrize("mark", ["%", ";", '"', ":", "?"])
def test_a_clone_that_the_servers_cannot_be_told_of_is_refused(tools: Path, tmp_path: Path, mark: str) -> None:
    clone = tmp_path / f"100{mark} odd"
    (clone / "local").mkdir(parents=True)
    for name in BEFORE_ANYTHING:
        shutil.copy(ROOT / "local" / name, clone / "local")
    assert f"Clone to a path without {mark}" in run(tools, clone=clone).stderr


def test_the_file_parses_on_python_3_6() -> None:
    for name in BEFORE_ANYTHING:
        ast.parse((ROOT / "local" / name).read_text(), feature_version=(3, 6))


def _tool(folder: Path, name: str, says: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
