"""`python -m ops.environments <make>`: create .venv, .emulator and node_modules in parallel, with elapsed time.

Runs before any environment exists: standard library only. The Makefile decides what has to be made; nothing is printed
when everything is up to date.
"""

import shutil
import subprocess
import sys
import time
from pathlib import Path

from local.disk import remedy_when_full
from local.errors import LocalError, tail
from local.interruption import INTERRUPTED, interruptible
from local.lock import exclusive

ROOT = Path(__file__).resolve().parent.parent
LOG = ROOT / ".local" / "logs" / "environments.log"
USUAL_S = 30
NAME = "Install the dependencies"
LAST_LINES = 15


def main() -> int:
    """Run `make environments` unless it is up to date. Returns make's exit code."""
    make = sys.argv[1]
    stale = _are_stale()
    if not stale and _are_up_to_date(make):
        return 0
    LOG.parent.parent.mkdir(mode=0o700, exist_ok=True)  # its content is for this user only
    LOG.parent.mkdir(exist_ok=True)
    began = time.monotonic()
    live = sys.stdout.isatty()
    if not live:
        _print(f"… {NAME} (usually {USUAL_S} s)\n")
    try:
        with exclusive(LOG.parent.parent, "make up"):
            if stale:
                _print("! The Python of the installed environments was removed or updated: rebuilding them.\n")
                for name in (".venv", ".emulator"):
                    shutil.rmtree(ROOT / name, ignore_errors=True)
            code = _make_environments(make, began, live=live)
    except LocalError as error:
        _print(f"✗ {error.message}\n→ {error.remedy}\n")
        return 1
    except KeyboardInterrupt:
        _print("\n! Interrupted. Run make up to continue.\n")
        return INTERRUPTED
    elapsed = f"{NAME:<34}{time.monotonic() - began:3.0f} s  "
    clear = "\r\033[K" if live else ""
    if code == 0:
        _print(f"{clear}✓ {elapsed}\n")
        return 0
    _print(f"{clear}✗ {elapsed}\n")
    printed = tail(LOG, LAST_LINES)
    for line in printed:
        _print(f"  │ {line}\n")
    network = "Check the network and the registry settings of pip and npm, then run the same command again"
    full = remedy_when_full([LOG.parent], " ".join(printed))
    _print(f"  full log: {LOG}\n→ {full or network}\n")
    return code


def _are_up_to_date(make: str) -> bool:
    return subprocess.run([make, "--question", "environments"], capture_output=True, check=False).returncode == 0


def _are_stale() -> bool:
    """Whether a system update removed the Python of `.venv`, or replaced it by another version."""
    interpreter = ROOT / ".venv" / "bin" / "python"
    if not (ROOT / ".venv" / "uv").exists():
        return False
    if not shutil.which(interpreter):
        return True
    return subprocess.run([interpreter, "-c", "import uv"], stderr=subprocess.DEVNULL, check=False).returncode != 0


def _make_environments(make: str, began: float, *, live: bool) -> int:
    with LOG.open("wb") as log:
        # Each of the three waits on the network more than it computes.
        process = subprocess.Popen([make, "--jobs=3", "environments"], stdout=log, stderr=subprocess.STDOUT)
    try:
        while process.poll() is None:
            if live:
                elapsed_s = time.monotonic() - began
                _print(f"\r⠿ {NAME:<34}{elapsed_s:3.0f} s (usually {USUAL_S} s)  .venv, node_modules ")
            _wait(process)
    except KeyboardInterrupt:
        process.terminate()  # Ctrl-C reached it too, SIGTERM did not
        process.wait()
        raise
    return process.returncode


def _wait(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(timeout=0.2)
    except subprocess.TimeoutExpired:
        return


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    with interruptible():
        code = main()
    sys.exit(code)
