"""A lock that lets one command at a time change a state folder."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from local.errors import LocalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def exclusive(state_dir: Path, name: str) -> Iterator[None]:
    """Hold the folder's lock while the body runs; the system releases it however this process ends.

    `name` says to others who holds it, such as `make up`.

    Raises:
        LocalError: Another command holds it.
    """
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(state_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip() or "another command"
            raise LocalError(
                f"{holder} is already running in {state_dir}.", remedy="Wait for it to finish, then try again"
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{name} (process {os.getpid()})".encode(), 0)
        yield
    finally:
        os.close(descriptor)
