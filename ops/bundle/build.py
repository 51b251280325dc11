"""Builds the bundle: the project's wheel in `plugins.zip`, the DAGs, the requirements, the start-up script."""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from local.bundle_layout import CONSTRAINTS, DAGS, PLUGINS, REQUIREMENTS, STARTUP
from local.errors import LocalError
from local.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGES = ("sentiment", "feature_repo", "training")
"""The packages in the wheel, as in `pyproject.toml`."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the archive, so that equal content makes equal bytes."""
_TIMEOUT_S = 120


def build(settings: Mapping[str, str]) -> dict[str, bytes]:
    """Every object of the bundle by its key.

    Args:
        settings: The environment variables of the tasks: names of buckets and tables, addresses.

    Raises:
        LocalError: The wheel could not be built.
    """
    dags = {f"{DAGS}{path.name}": path.read_bytes() for path in sorted((ROOT / "dags").glob("*_dag.py"))}
    constraints = (ROOT / "requirements" / "mwaa-constraints.txt").read_bytes()
    return dags | {
        f"{DAGS}{CONSTRAINTS}": constraints,
        PLUGINS: _plugins(),
        REQUIREMENTS: (ROOT / "requirements" / "mwaa.txt").read_bytes(),
        STARTUP: startup_script(settings).encode(),
    }


def startup_script(settings: Mapping[str, str]) -> str:
    """A shell script that exports the settings."""
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in sorted(settings.items())]
    return "#!/bin/sh\n" + "".join(lines)


def _plugins() -> bytes:
    name, wheel = _wheel()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as plugins:  # a wheel is compressed already
        entry = zipfile.ZipInfo(name, _EPOCH)
        entry.external_attr = 0o644 << 16
        plugins.writestr(entry, wheel)
    return archive.getvalue()


def _wheel() -> tuple[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
            cwd=ROOT,
            env=dict(os.environ) | {"SOURCE_DATE_EPOCH": "315532800"},
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        if done.returncode:
            raise LocalError(f"The wheel could not be built: {done.stderr.strip()}", remedy="make bundle")
        (path,) = Path(folder).glob("*.whl")
        return path.name, path.read_bytes()
