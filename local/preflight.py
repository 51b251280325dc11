"""Checks of the machine, before anything is changed: tools, versions, ports, disk, memory.

Runs before any environment exists, on whatever `python3` is there (3.6 or later), so: standard library, no new syntax.
`python3 -m local.preflight [interpreter]`; the interpreter is the one that the environments will be made with. All
failures are printed together, each with the command that mends it; the exit code is 1 when there are any.
"""

import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

from local.interruption import interruptible

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 (old Pythons)
DISK_GB = 4
MEMORY_GB = 2
NODE = 20
DEFAULT_NAME = "SentimentLoop"
MACOS = sys.platform == "darwin"
PORTS = (
    ("EMULATOR_PORT", "emulator"),
    ("MLFLOW_PORT", "mlflow"),
    ("AIRFLOW_PORT", "airflow"),
    ("MWAA_PORT", "mwaa"),
)


class NeedError(Exception):
    """A need that is not met, and the command that meets it."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


def main() -> int:
    """Run every check and print the outcome."""
    interpreter = sys.argv[1] if len(sys.argv) > 1 else ""
    target = os.environ.get("TARGET", "local")
    checks: list[Callable[[], None]] = [partial(python, interpreter), node, npm, disk, memory, folder]
    if target == "local":
        checks.extend(partial(port, variable, server) for variable, server in PORTS)
    failures = []
    for check in checks:
        try:
            check()
        except NeedError as need:
            failures.append(need)
    if failures:
        sys.stderr.write("This machine is not ready yet; nothing was changed.\n")
        for failure in failures:
            sys.stderr.write(f"  \u2717 {failure.problem}\n    \u2192 {failure.remedy}\n")
    return 1 if failures else 0


def python(interpreter: str) -> None:
    """Python 3.11 or 3.12 that can make environments."""
    version = install("python@3.12", "python3.12 python3.12-venv", "python3 python3-venv")
    if not interpreter:
        found = platform.python_version()
        raise NeedError(f"Python 3.11 or 3.12 needed; python3 here is {found}.", version)
    probe = "import ensurepip, sqlite3, ssl, venv"
    if subprocess.call([interpreter, "-c", probe], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        name = os.path.basename(interpreter)  # noqa: PTH119 (old Pythons)
        raise NeedError(
            f"{interpreter} cannot make virtual environments (ensurepip is missing).",
            install("python@3.12", name + "-venv", name + "-venv"),
        )


def node() -> None:
    """Node 20 or later, for the CDK command line."""
    remedy = (
        "brew install node@22 && brew link node@22"
        if MACOS
        else "curl -fsSL https://deb.nodesource.com/setup_22.x | sudo bash - && sudo apt-get install -y nodejs"
    )
    if not shutil.which("node"):
        raise NeedError(f"Node {NODE} or later needed (the CDK command line runs on it); there is none.", remedy)
    said = output(["node", "--version"])
    number = re.match(r"v(\d+)\.", said)
    if not number or int(number.group(1)) < NODE:
        raise NeedError("Node {} or later needed; node here is {}.".format(NODE, said or "broken"), remedy)


def npm() -> None:
    """npm, which Debian packages apart from Node."""
    if shutil.which("node") and not shutil.which("npm"):
        raise NeedError("npm needed; there is none.", install("node@22", "npm", "npm"))


def disk() -> None:
    """Room for the environments and the data."""
    installed = os.path.exists(os.path.join(ROOT, ".venv", "runtime"))  # noqa: PTH110, PTH118 (old Pythons)
    need = 0.5 if installed else DISK_GB
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < need:
        raise NeedError(
            f"{need:g} GB of disk needed in {ROOT}; {free:.1f} GB are free.",
            f"df -h {ROOT} shows what is full; free some, or clone elsewhere",
        )


def memory() -> None:
    """Memory for the servers and the deployment."""
    available = available_memory_gb()
    if available is not None and available < MEMORY_GB and not running():
        raise NeedError(
            f"{MEMORY_GB} GB of free memory needed; {available:.1f} GB are available.",
            "Close what uses it: ps aux --sort=-rss | head" if not MACOS else "Close what uses it: top -o mem",
        )


def folder() -> None:
    """A folder that can be written to, by a name that every server's configuration takes."""
    refused = sorted(set(ROOT) & set('%;":?'))
    if refused:
        raise NeedError(
            "{} has {} in its name, which MLflow or the process supervisor takes for its own.".format(
                ROOT, " and ".join(refused)
            ),
            "Clone to a path without {}".format(" ".join(refused)),
        )
    if not os.access(ROOT, os.W_OK):
        raise NeedError(f"{ROOT} cannot be written to.", f"sudo chown -R $(id -un) {ROOT}")


def port(variable: str, server: str) -> None:
    """A port that was asked for by name must be free; otherwise a free one is taken later."""
    asked = os.environ.get(variable)
    if not asked:
        return
    if not asked.isdigit() or not 0 < int(asked) < 65536:  # noqa: PLR2004 (the number of ports)
        raise NeedError(f"{variable}={asked} is no port.", "Give a number from 1024 to 65535, or leave it out")
    number = int(asked)
    if number == own_ports().get(server) and running():
        return
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as caller:
        caller.settimeout(0.5)
        if caller.connect_ex(("127.0.0.1", number)) == 0:
            raise NeedError(
                f"Port {number} ({variable}) is held by {holder(number)}.",
                f"Stop it, or leave {variable} unset to have a free port taken",
            )


def available_memory_gb() -> "float | None":
    """Memory that a new program could have, in GB; None where the system does not say."""
    try:
        with open("/proc/meminfo") as lines:  # noqa: PTH123 (old Pythons)
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
    """Who listens on a port, where `lsof` or `ss` can tell."""
    said = output(["lsof", "-nP", f"-iTCP:{number}", "-sTCP:LISTEN", "-Fpc"])
    found = re.search(r"p(\d+)\s+c(\S+)", said)
    if found:
        return f"{found.group(2)} (process {found.group(1)})"
    found = re.search(r'"([^"]+)",pid=(\d+)', output(["ss", "-Hltnp", f"sport = :{number}"]))
    return f"{found.group(1)} (process {found.group(2)})" if found else "another process"


def own_ports() -> "dict[str, int]":
    """The ports that an earlier run chose."""
    try:
        with open(os.path.join(state_dir(), "ports.json")) as file:  # noqa: PTH118, PTH123 (old Pythons)
            return {str(server): int(number) for server, number in json.load(file).items()}
    except (OSError, ValueError):
        return {}


def running() -> bool:
    """Whether the servers of this checkout are up already."""
    return os.path.exists(os.path.join(state_dir(), "supervisor", "supervisord.pid"))  # noqa: PTH110, PTH118


def state_dir() -> str:
    """The folder of everything that this loop makes at run time: `local.settings` says the same."""
    folder = os.environ.get("LOCAL_DIR") or os.path.join(ROOT, ".local")  # noqa: PTH118 (old Pythons)
    name = os.environ.get("LOOP_NAME", DEFAULT_NAME)
    return folder if name == DEFAULT_NAME else os.path.join(folder, "local-" + name)  # noqa: PTH118 (old Pythons)


def install(brew: str, debian: str, debian_fallback: str) -> str:
    """How to install a package here."""
    if MACOS:
        return "brew install " + brew
    if not shutil.which("apt-get"):
        return "Install {} with this system's package manager".format(brew.replace("@", " "))
    known = output(["apt-cache", "policy", debian.split(maxsplit=1)[0]])
    return "sudo apt-get install -y " + (debian if "Candidate: (none)" not in known and known else debian_fallback)


def output(command: "list[str]") -> str:
    """What a command prints; empty when it fails or is missing."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").strip()


if __name__ == "__main__":
    with interruptible():
        sys.exit(main())
