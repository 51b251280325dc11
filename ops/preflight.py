"""Checks the machine before anything is changed: disk, memory, shared memory, folders, network, ports.

Runs before any environment exists, on the Python that `find_python.sh` found: standard library only. All failures are
printed together, each with its remedy; the exit code is 1 when there are any.
"""

import json
import multiprocessing
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from local.interruption import interruptible

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
DISK_GB = 4
DATA_GB = 0.5
MEMORY_GB = 2
NETWORK_TIMEOUT_S = 5
REGISTRIES = ("pypi.org", "registry.npmjs.org")
CONFIGURED = re.compile(r"(?i)uv_.*|pip_(extra_)?index_url|pip_config_file|npm_config_.*")
"""Variables that may configure another registry for uv or npm, or none."""
CONFIGURATIONS = ("~/.npmrc", "~/.config/uv/uv.toml", "~/.config/pip/pip.conf", "~/.pip/pip.conf", "/etc/pip.conf")
"""Files that may do the same."""
INSTALLED = (".venv/runtime", ".emulator/ready", "node_modules/.package-lock.json")
"""Files that the Makefile creates; when all exist, nothing is downloaded."""
DEFAULT_NAME = "SentimentLoop"
MACOS = sys.platform == "darwin"
PORTS = (
    ("EMULATOR_PORT", "emulator"),
    ("MLFLOW_PORT", "mlflow"),
    ("AIRFLOW_PORT", "airflow"),
    ("FRONTEND_PORT", "frontend"),
    ("MWAA_PORT", "mwaa"),
    ("PUSHGATEWAY_PORT", "pushgateway"),
    ("PROMETHEUS_PORT", "prometheus"),
    ("ALERTMANAGER_PORT", "alertmanager"),
    ("NODE_EXPORTER_PORT", "node_exporter"),
    ("GRAFANA_PORT", "grafana"),
)


class NeedError(Exception):
    """A requirement that the machine does not meet, and the remedy."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


def main() -> int:
    """Run every check and print the failures. Returns the exit code."""
    checks: list[Callable[[], None]] = [disk, memory, shared_memory, folders, network]
    if os.environ.get("TARGET", "local") == "local":
        checks.extend(partial(port, variable, server) for variable, server in PORTS)
    failures = []
    for check in checks:
        try:
            check()
        except NeedError as need:
            failures.append(need)
    if failures:
        sys.stderr.write("This machine is not ready yet. Nothing was changed.\n")
        for failure in failures:
            sys.stderr.write(f"  \u2717 {failure.problem}\n    \u2192 {failure.remedy}\n")
    return 1 if failures else 0


def disk() -> None:
    """Check for disk space: for the environments, and for the data in its folder."""
    installed = all((ROOT / stamp).exists() for stamp in INSTALLED)
    for folder, need in ((ROOT, DATA_GB if installed else DISK_GB), (existing(state_dir()), DATA_GB)):
        free = shutil.disk_usage(folder).free / 1e9
        if free < need:
            raise NeedError(
                f"{need:g} GB of free disk space required in {folder}, {free:.1f} GB available.",
                f"Free some space (see df -h {shlex.quote(str(folder))}), or clone elsewhere",
            )


def memory() -> None:
    """Check for memory for the servers and the deployment."""
    available = available_memory_gb()
    if available is not None and available < MEMORY_GB and not running():
        raise NeedError(
            f"{MEMORY_GB} GB of free memory required, {available:.1f} GB available.",
            f"Close some programs (see {'top -o mem' if MACOS else 'ps aux --sort=-rss | head'})",
        )


def shared_memory() -> None:
    """Check for semaphores, which Airflow's scheduler needs and some containers do not support."""
    try:
        multiprocessing.Lock()
    except OSError as error:
        raise NeedError(
            f"Cannot create semaphores in /dev/shm: {error.strerror}.", "As root: mount -t tmpfs tmpfs /dev/shm"
        ) from error


def folders() -> None:
    """Check that the folders are writable, and that every server accepts their paths."""
    for folder, elsewhere in ((ROOT, "Clone to a path"), (state_dir(), "Set LOCAL_DIR to a path")):
        refused = sorted(set(str(folder)) & set('%;#":?\n'))
        if refused:
            raise NeedError(
                f"The path {folder} contains {' and '.join(refused)}, which MLflow or the process supervisor cannot "
                "handle.",
                f"{elsewhere} without {' '.join(refused)}",
            )
        try:
            with tempfile.TemporaryFile(dir=existing(folder)):
                pass
        except OSError as error:
            raise NeedError(
                f"Cannot write to {existing(folder)}: {error.strerror}.",
                f"{elsewhere} that you own (see ls -ld {shlex.quote(str(existing(folder)))})",
            ) from error


def network() -> None:
    """Check that the package registries can be reached, if something must be installed and no others are configured."""
    if all((ROOT / stamp).exists() for stamp in INSTALLED) or others_are_configured():
        return
    problems: dict[str, str] = {}
    callers = [threading.Thread(target=call, args=(host, problems), daemon=True) for host in REGISTRIES]
    for host, caller in zip(REGISTRIES, callers, strict=True):
        problems[host] = f"no answer within {NETWORK_TIMEOUT_S} s"
        caller.start()
    deadline = time.monotonic() + NETWORK_TIMEOUT_S
    for caller in callers:
        caller.join(max(0.0, deadline - time.monotonic()))
    found = "; ".join(f"{host}: {problem}" for host, problem in problems.items() if problem)
    if found:
        raise NeedError(
            f"Cannot reach the package registries ({found}).",
            "Check the network; behind a proxy: export HTTPS_PROXY=http://host:port",
        )


def call(host: str, problems: dict[str, str]) -> None:
    """Connect to a registry; store what went wrong, empty on success."""
    try:
        socket.create_connection((host, 443), timeout=NETWORK_TIMEOUT_S).close()
    except OSError as error:
        problems[host] = str(error)
    else:
        problems[host] = ""


def others_are_configured() -> bool:
    """Whether uv or npm may use a proxy, a mirror or a cache; only they know whether that works."""
    files = (os.path.expanduser(name) for name in CONFIGURATIONS)  # noqa: PTH111 (`Path.expanduser` raises where there is no home)
    return (
        bool(urllib.request.getproxies())
        or any(CONFIGURED.fullmatch(name) for name in os.environ)
        or any(os.access(name, os.F_OK) for name in files)
    )


def port(variable: str, server: str) -> None:
    """Check that a port is free if the user asked for it; otherwise a free one is chosen later."""
    asked = os.environ.get(variable)
    if not asked:
        return
    if not asked.isdigit() or not 0 < int(asked) < 65536:  # noqa: PLR2004 (the number of ports)
        raise NeedError(f"{variable}={asked} is not a port.", f"Use a number from 1024 to 65535, or unset {variable}")
    number = int(asked)
    if number == own_ports().get(server) and running():
        return
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as caller:
        caller.settimeout(0.5)
        if caller.connect_ex(("127.0.0.1", number)) == 0:
            raise NeedError(
                f"Port {number} ({variable}) is already in use by {holder(number)}.",
                f"Stop it, or unset {variable} to use any free port",
            )


def available_memory_gb() -> float | None:
    """Available memory in GB; None when the system does not report it."""
    try:
        with Path("/proc/meminfo").open() as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) / 1e6
    except OSError:
        pages = re.search(r"free percentage: (\d+)%", output(["memory_pressure", "-Q"]))
        total = output(["sysctl", "-n", "hw.memsize"])
        if pages and total.isdigit():
            return int(total) / 1e9 * int(pages.group(1)) / 100
    return None


def holder(number: int) -> str:
    """The process that listens on a port, if `lsof` or `ss` can tell."""
    found = re.search(r"p(\d+)\s+c(\S+)", output(["lsof", "-nP", f"-iTCP:{number}", "-sTCP:LISTEN", "-Fpc"]))
    if found:
        return f"{found.group(2)} (process {found.group(1)})"
    found = re.search(r'"([^"]+)",pid=(\d+)', output(["ss", "-Hltnp", f"sport = :{number}"]))
    return f"{found.group(1)} (process {found.group(2)})" if found else "another process"


def own_ports() -> dict[str, int]:
    """The ports that an earlier run chose."""
    try:
        ports = json.loads((state_dir() / "ports.json").read_text())
        return {str(server): int(number) for server, number in ports.items()}
    except (OSError, ValueError):
        return {}


def running() -> bool:
    """Whether the servers of this loop run already."""
    return (state_dir() / "supervisor" / "supervisord.pid").exists()


def state_dir() -> Path:
    """The folder for everything created at run time, as in `local.settings`."""
    folder = Path(os.environ.get("LOCAL_DIR") or ROOT / ".local").absolute()
    name = os.environ.get("LOOP_NAME", DEFAULT_NAME)
    return folder if name == DEFAULT_NAME else folder / f"local-{name}"


def existing(folder: Path) -> Path:
    """The folder, or its nearest parent that exists."""
    return next(place for place in (folder, *folder.parents) if os.access(place, os.F_OK))


def output(command: list[str]) -> str:
    """A command's output; empty when it fails or does not exist."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").strip()


if __name__ == "__main__":
    with interruptible():
        sys.exit(main())
