"""Installs the packages of a lock file for the runtime of a function, without files that it never imports."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from uv import find_uv_bin

from infra_cdk.packaging.modules import PackagingError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The oldest glibc of the runtimes is 2.26 (python3.11, Amazon Linux 2): wheels for 2.17 run on all of them.
_PLATFORMS: Mapping[str, str] = {"x86_64": "x86_64-manylinux2014", "arm64": "aarch64-manylinux2014"}

# Of a distribution's metadata: what vulnerability scanners and `importlib.metadata` read.
_METADATA_KEPT = frozenset({"METADATA", "entry_points.txt"})

# Tests, type stubs, C sources, plug-ins of test runners and type checkers, and `pydantic.v1`: a megabyte that FastAPI
# and pydantic import only to recognise old models, and do without.
_NEVER_IMPORTED = (
    *("bin", ".lock", "**/tests", "**/__pycache__", "**/*.pyi", "**/py.typed", "**/*.[ch]"),
    *("**/testclient.py", "anyio/pytest_plugin.py", "pydantic/mypy.py", "pydantic/v1"),
)


def install(requirements: Path, into: Path, *, architecture: str, python_version: str) -> None:
    """Install a lock file's wheels for a runtime, and delete files that are never imported.

    Args:
        requirements: Lock file with hashes.
        into: Target folder.
        architecture: `x86_64` or `arm64`.
        python_version: Such as `3.11`.

    Raises:
        PackagingError: A package has no wheel for that runtime, a hash differs, or a download failed.
    """
    command = [
        *(find_uv_bin(), "pip", "install", "--quiet", "--no-config", "--target", str(into)),
        *("--require-hashes", "--only-binary", ":all:", "--no-deps", "--no-compile-bytecode"),
        *("--python-platform", _PLATFORMS[architecture], "--python-version", python_version),
        *("--requirements", str(requirements)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PackagingError(
            f"{requirements} cannot be installed for Python {python_version} on {architecture}:\n{done.stderr.strip()}"
        )
    _prune(into)


def _prune(folder: Path) -> None:
    for pattern in _NEVER_IMPORTED:
        for path in sorted(folder.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for metadata in folder.glob("*.dist-info"):
        for path in metadata.iterdir():
            if path.name not in _METADATA_KEPT:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
