"""Finds the servers' programs: on the PATH, from Debian's packages, or from the project's release archives."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from local.errors import LocalError
from local.monitoring import debian, releases
from local.monitoring.servers import INSTALLED, PROMTOOL, SERVERS, Server
from local.monitoring.unavailable import UnavailableError, UnreachableError
from local.settings import Monitoring

if TYPE_CHECKING:
    from local.loop import Loop
    from local.terminal import Step

LOG = "packages"
"""The log of what installing packages printed."""
_DOWNLOADS = "https://prometheus.io/download/"


def find(programs_dir: Path) -> dict[str, Path]:
    """The programs that this machine has, by the names of their servers, and `promtool`."""
    names = {server.name: server.commands for server in SERVERS} | {PROMTOOL: (PROMTOOL,)}
    found = {name: _find(commands, programs_dir) for name, commands in names.items()}
    return {name: path for name, path in found.items() if path}


def obtain(loop: Loop) -> dict[str, Path]:
    """Find the programs after installing what is missing; say what cannot be had, and how to get it."""
    if debian.is_possible():
        debian.remove_leftover()
    missing = _missing(loop)
    reasons: list[str] = []
    if missing and loop.settings.monitoring is Monitoring.AUTO:
        with loop.terminal.step("Install Prometheus", key="install-monitoring", usual_s=15) as step:
            reasons = _install(loop, missing, step)
            step.detail = "not possible" if reasons else ""
        missing = _missing(loop)
    if missing:
        loop.terminal.warn(_how(missing, reasons))
    return find(loop.settings.programs_dir)


def _missing(loop: Loop) -> list[Server]:
    found = find(loop.settings.programs_dir)
    return [server for server in INSTALLED if server.name not in found]


def _find(commands: tuple[str, ...], programs_dir: Path) -> Path | None:
    on_path = next((path for command in commands if (path := shutil.which(command))), None)
    return Path(on_path) if on_path else releases.find(commands[0], programs_dir)


def _install(loop: Loop, missing: list[Server], step: Step) -> list[str]:
    """Install the servers. Returns why some could not be."""
    if debian.is_possible():
        packages = [server.package for server in missing]
        loop.terminal.note(
            f"apt-get install {' '.join(packages)}: for this loop, their own services stay off (MONITORING=installed "
            "installs nothing)"
        )
        step.detail = "apt-get"
        try:
            debian.install(packages, log=loop.settings.logs_dir / f"{LOG}.log")
        except UnavailableError as error:
            loop.terminal.warn(f"{error}. Trying the release archives.")
    reasons: list[str] = []
    for server in _missing(loop):
        try:
            releases.download(server.name, loop.settings.programs_dir, base_url=loop.settings.releases_url, step=step)
        except UnreachableError as error:
            return [*reasons, str(error)]
        except UnavailableError as error:
            reasons.append(str(error))
        except LocalError as error:  # another loop is downloading
            return [*reasons, error.message.rstrip(".")]
    return reasons


def _how(missing: list[Server], reasons: list[str]) -> str:
    """One line: what is missing, why, and how to get it."""
    why = f" ({'; '.join(reasons)})" if reasons else ""
    if shutil.which("apt-get"):
        how = f"sudo apt-get install --no-install-recommends {' '.join(server.package for server in missing)}"
    else:
        how = f"put them on the PATH, from {_DOWNLOADS}"
    return f"Without {', '.join(server.title for server in missing)}{why}. To have them: {how}, then make up."
