"""What a measurement is of: which code, on which machine."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[1]
_NOT_CODE = ":(exclude)bench/results.json"


def code() -> dict[str, Any]:
    """Return the commit, and whether anything differed from it; None for both outside of a git checkout."""
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return {"commit": None, "changed": None}
    return {"commit": commit, "changed": bool(_git("status", "--porcelain", "--", ".", _NOT_CODE))}


def _git(*arguments: str) -> str | None:
    if not shutil.which("git"):
        return None
    done = subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def machine() -> dict[str, Any]:
    """Return the processor, how busy it is, the Python and the system."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "load_average_1m": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
    }


def _cpu() -> str:
    """Return the processor's model, as Linux or macOS tells it."""
    if shutil.which("lscpu"):
        told = subprocess.run(["lscpu"], capture_output=True, text=True, check=False).stdout
        models = [line.split(":", 1)[1].strip() for line in told.splitlines() if "Model name" in line]
    else:
        models = []
        if shutil.which("sysctl"):
            question = ["sysctl", "-n", "machdep.cpu.brand_string"]
            models = subprocess.run(question, capture_output=True, text=True, check=False).stdout.splitlines()
    return (models or [platform.machine()])[0]
