"""The Python that is chosen for the environments, and the remedy when there is none."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from local.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FIT = 0
LACKS_VENV = 1
UBUNTU_22 = {"python3": "3.10.6-1~22.04.1", "python3.11": "3.11.0~rc1-1~22.04"}


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A PATH with the few programs that every system has."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("head", "sed"):
        (folder / name).symlink_to(f"/usr/bin/{name}")
    program(folder, "id", "echo 1000")
    return folder


def program(folder: Path, name: str, script: str) -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def python(folder: Path, name: str, version: str, *, venv: int = FIT) -> str:
    """A fake interpreter that answers like one of that version."""
    minor = int(version.split(".")[1])
    answers = f"""case "$*" in
  *"(3, 11) <="*) exit {int(not 11 <= minor <= 14)} ;;
  *ensurepip*) exit {venv} ;;
  *%d.%d*) echo 3.{minor} ;;
  *--version*) echo "Python {version}" ;;
esac"""
    return program(folder, name, answers)


def apt(folder: Path, **candidates: str) -> None:
    program(folder, "apt-get", "")
    cases = "".join(f"{name}) echo '  Candidate: {candidate}' ;;\n" for name, candidate in candidates.items())
    program(folder, "apt-cache", f'case "$2" in\n{cases}*) ;;\nesac')


def find(folder: Path, *asked: str) -> tuple[str, str]:
    done = subprocess.run(
        ["/bin/sh", ROOT / "ops" / "find_python.sh", *asked],
        env={"PATH": str(folder), "HOME": str(folder.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) == (done.stderr == "")
    return done.stdout.strip(), done.stderr


@pytest.mark.parametrize("version", ["3.11.2", "3.12.3", "3.13.5", "3.14.0"])
def test_the_systems_python_is_used(machine: Path, version: str) -> None:
    own = python(machine, "python3", version)
    assert find(machine) == (own, "")


def test_a_python_that_cannot_create_environments_is_skipped(machine: Path) -> None:
    python(machine, "python3.12", "3.12.3", venv=LACKS_VENV)
    fit = python(machine, "python3.13", "3.13.5")
    assert find(machine) == (fit, "")


def test_the_requested_python_is_used(machine: Path) -> None:
    python(machine, "python3.11", "3.11.2")
    asked = python(machine, "my python", "3.14.0")
    assert find(machine, asked) == (asked, "")
    assert find(machine, "")[0] == str(machine / "python3.11")


def test_a_requested_python_that_does_not_exist_is_named(machine: Path) -> None:
    python(machine, "python3.11", "3.11.2")
    assert "✗ PYTHON=python3.9 was not found.\n    → Run make without PYTHON" in find(machine, "python3.9")[1]
    python(machine, "python3.9", "3.9.2")
    said = find(machine, "python3.9")[1]
    assert "PYTHON=python3.9 is Python 3.9.2.\n    → Run make without PYTHON" in said


def test_a_python_installed_by_uv_is_found(machine: Path) -> None:
    folder = machine.parent / ".local" / "bin"
    folder.mkdir(parents=True)
    installed = python(folder, "python3.13", "3.13.5")
    assert find(machine) == (installed, "")


def test_without_venv_debians_packages_are_suggested(machine: Path) -> None:
    apt(machine, python3="3.13.5-1")
    program(machine, "sudo", "")
    own = python(machine, "python3", "3.13.5", venv=LACKS_VENV)
    said = find(machine)[1]
    assert f"{own} cannot create virtual environments" in said
    assert "→ sudo sh -c 'apt-get update && apt-get install -y python3 python3-venv'" in said


def test_debian_without_sudo_and_python_gets_a_command_with_su(machine: Path) -> None:
    apt(machine, python3="3.13.5-1")
    said = find(machine)[1]
    assert "✗ Python 3.11 to 3.14 required, but none was found." in said
    assert "→ su - -c 'apt-get update && apt-get install -y python3 python3-venv'" in said


def test_root_gets_a_command_without_sudo(machine: Path) -> None:
    apt(machine, python3="3.11.2-1+b1")
    program(machine, "id", "echo 0")
    assert "→ apt-get update && apt-get install -y python3 python3-venv" in find(machine)[1]


def test_ubuntu_with_only_a_release_candidate_gets_a_command_with_uv(machine: Path) -> None:
    apt(machine, **UBUNTU_22)
    python(machine, "python3", "3.10.12")
    said = find(machine)[1]
    assert f"✗ Python 3.11 to 3.14 required, but {machine}/python3 is Python 3.10.12." in said
    assert "→ wget -qO- https://astral.sh/uv/install.sh | sh && ~/.local/bin/uv python install 3.13" in said
    program(machine, "curl", "")
    assert "→ curl -LsSf https://astral.sh/uv/install.sh" in find(machine)[1]


def test_fedora_and_macos_get_the_command_of_their_package_manager(machine: Path) -> None:
    program(machine, "dnf", "")
    assert "→ su - -c 'dnf install -y python3.12'" in find(machine)[1]
    program(machine, "brew", "")
    assert "→ brew install python@3.13" in find(machine)[1]
