"""Which code was measured, on which machine."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

PROJECT = Path(__file__).parents[1]


class Code(NamedTuple):
    """The commit, and whether anything differs from it; None for both outside of a git checkout."""

    commit: str | None
    changed: bool | None


def code() -> Code:
    """Return the code as it is now."""
    commit = _git("rev-parse", "HEAD")
    return Code(None, None) if commit is None else Code(commit, bool(_git("status", "--porcelain", "--", ".")))


def _git(*arguments: str) -> str | None:
    if not shutil.which("git"):
        return None
    done = subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def machine() -> dict[str, Any]:
    """Return the processor and its load, the Python version and the system."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "load_average_1m": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
    }


def _cpu() -> str:
    """Return the processor's model, as Linux or macOS names it."""
    if shutil.which("lscpu"):
        printed = subprocess.run(["lscpu"], capture_output=True, text=True, check=False).stdout
        models = [line.split(":", 1)[1].strip() for line in printed.splitlines() if "Model name" in line]
    else:
        models = []
        if shutil.which("sysctl"):
            question = ["sysctl", "-n", "machdep.cpu.brand_string"]
            models = subprocess.run(question, capture_output=True, text=True, check=False).stdout.splitlines()
    return (models or [platform.machine()])[0]
