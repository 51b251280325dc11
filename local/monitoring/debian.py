"""Installs servers by apt-get, as root on Debian or Ubuntu, and keeps their services off, which would take the ports.

A Debian package starts its service as soon as it is installed, and at every boot. The first is prevented by
`/usr/sbin/policy-rc.d`, which Debian asks before it starts any service; the second by disabling the service.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tenacity import RetryError, Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from local.monitoring.unavailable import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

POLICY = Path("/usr/sbin/policy-rc.d")
LOCK = Path("/run/sentiment-loop-packages.lock")
"""Held while packages are installed, by whichever loop of this machine."""
_OURS = """\
#!/bin/sh
# The Sentiment Loop put this here while it installs packages, so that their services do not start.
# If it was killed meanwhile, its next make up removes this file; so may you.
exit 101
"""
_FORBIDDEN = 101
"""What a policy answers when a service must not start."""
_FETCH_TIMEOUT_S = 120.0
_INSTALL_TIMEOUT_S = 300.0
_OTHERS_TIMEOUT_S = 180.0
_APT = (
    *("apt-get", "-qq", "-y", "-o", "DPkg::Lock::Timeout=30"),
    *("-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=15", "-o", "Acquire::https::Timeout=15"),
    *("-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"),  # nobody can be asked
)
_ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1", "LC_ALL": "C"}


def is_possible() -> bool:
    """Whether this process may install Debian's packages."""
    return os.geteuid() == 0 and all(shutil.which(program) for program in ("apt-get", "dpkg"))


def install(packages: list[str], *, log: Path) -> None:
    """Install packages without starting any service; what the tools print goes to `log`.

    Raises:
        UnavailableError: They could not be installed, or this machine's own policy would let their services start.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time():
        wanted = ["install", "--no-install-recommends", *packages]
        try:
            _run([*_APT, *wanted, "--download-only"], log, timeout_s=_FETCH_TIMEOUT_S)
        except UnavailableError:  # the lists of packages are old, or there are none yet
            _run([*_APT, "update"], log, timeout_s=_FETCH_TIMEOUT_S)
            _run([*_APT, *wanted, "--download-only"], log, timeout_s=_FETCH_TIMEOUT_S)
        with _services_stay_off():  # a package that is half installed would block all later ones
            _run([*_APT, *wanted, "--no-download"], log, timeout_s=_INSTALL_TIMEOUT_S, to_its_end=True)
        if shutil.which("systemctl"):
            _run(["systemctl", "disable", *packages], log, timeout_s=_INSTALL_TIMEOUT_S)


def remove_leftover() -> None:
    """Remove the policy of a run that was killed while it installed packages."""
    if _is_ours():
        with suppress(UnavailableError), _one_at_a_time(wait_s=0):  # else another loop is installing now
            if _is_ours():
                POLICY.unlink()


@contextmanager
def _one_at_a_time(*, wait_s: float = _OTHERS_TIMEOUT_S) -> Iterator[None]:
    descriptor = _opened(LOCK, os.O_RDWR | os.O_CREAT)
    waiting = Retrying(
        retry=retry_if_exception_type(BlockingIOError), stop=stop_after_delay(wait_s), wait=wait_fixed(0.2)
    )
    try:
        try:
            waiting(fcntl.flock, descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except RetryError as error:
            raise UnavailableError("another loop has been installing packages for minutes") from error
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _services_stay_off() -> Iterator[None]:
    """Forbid services to start during the body. A policy that this machine has is asked, and left as it is."""
    if _is_ours():  # of a run that was killed
        POLICY.unlink()
    if POLICY.exists():
        asked = ["sh", "-c", '"$0" prometheus start', str(POLICY)]
        if subprocess.run(asked, capture_output=True, check=False).returncode != _FORBIDDEN:
            raise UnavailableError(f"{POLICY} would let their services start and take the ports")
        yield
        return
    descriptor = _opened(POLICY, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        with os.fdopen(descriptor, "w") as policy:
            os.fchmod(descriptor, 0o755)
            policy.write(_OURS)
        yield
    finally:
        POLICY.unlink(missing_ok=True)


def _opened(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags, 0o600)
    except OSError as error:
        raise UnavailableError(f"{path} cannot be written: {error.strerror}") from error


def _is_ours() -> bool:
    """Whether the policy is one that a run of this module wrote, perhaps not to its end."""
    try:
        return _OURS.startswith(POLICY.read_text(errors="replace"))
    except FileNotFoundError:
        return False


def _run(command: list[str], log: Path, *, timeout_s: float, to_its_end: bool = False) -> None:
    """Run a command that Ctrl-C does not reach. On Ctrl-C it is stopped, or awaited if it must run `to_its_end`.

    Raises:
        UnavailableError: It failed, or was stopped after `timeout_s`.
    """
    with log.open("ab") as output:
        before = output.tell()
        process = subprocess.Popen(
            command,
            env=os.environ | _ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired as error:
            process.terminate()
            process.wait()
            raise UnavailableError(f"{command[0]} did not finish within {timeout_s:.0f} s, see {log}") from error
        except KeyboardInterrupt:
            if not to_its_end:
                process.terminate()
            process.wait(timeout_s)
            raise
    if code:
        printed = log.read_bytes()[before:].decode(errors="replace").splitlines()
        reasons = [line.removeprefix("E: ") for line in printed if line.startswith("E: ")]
        raise UnavailableError(f"{command[0]} failed: {reasons[-1] if reasons else f'exit code {code}'}")
