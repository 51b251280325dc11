"""Ctrl-C, SIGTERM and a closed terminal end a command alike: cleaned up, with one line and exit code 130."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERRUPTED = 130
"""What shells give for Ctrl-C, and Typer where it has caught one."""

_INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def held_back() -> Iterator[None]:
    """Let interrupts wait while something is imported: one inside pydantic was swallowed, and left half a schema."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPTS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def interruptible() -> Iterator[None]:
    """Run a whole command: SIGTERM and SIGHUP raise `KeyboardInterrupt` in it, which ends it without a traceback."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # `nohup` has SIGHUP ignored, and means it
            signal.signal(number, signal.default_int_handler)
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as end:
        if isinstance(end, SystemExit) and end.code != INTERRUPTED:
            raise
    else:
        return
    sys.stderr.write("\nInterrupted.\n")
    sys.exit(INTERRUPTED)
