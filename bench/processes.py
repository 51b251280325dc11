"""The programs that benchmarks start."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from local.monitoring.servers import SERVERS
from local.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = Path(__file__).resolve().parents[1]


def output_of(*command: str | Path, env: Mapping[str, str], cwd: Path = PROJECT) -> str:
    """Run a program to its end, and return what it printed.

    Raises:
        RuntimeError: It failed; with the end of what it printed.
    """
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def free_ports() -> dict[str, str]:
    """Return settings with which a loop starts beside others."""
    servers = ("emulator", "mlflow", "airflow", "mwaa", "frontend", *(server.name for server in SERVERS))
    return {f"{server.upper()}_PORT": str(free_port()) for server in servers}
