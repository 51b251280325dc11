"""Ctrl-C, SIGTERM and a closed terminal end a command the same way: cleaned up, with one line and exit code 130.

`local/interruption.py` and `sentiment/interruption.py` are copies of each other: neither folder may import the other,
and `local` also runs before any environment exists (Python 3.6 or later, standard library only). A test compares them.
"""

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERRUPTED = 130
"""The exit code that shells give for Ctrl-C, and Typer when it catches one."""

_INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def held_back() -> "Iterator[None]":
    """Delay interrupts during imports: one inside pydantic was swallowed, and left half a schema."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPTS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def interruptible() -> "Iterator[None]":
    """Run a whole command: SIGTERM and SIGHUP raise `KeyboardInterrupt` too, and it ends without a traceback."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # under `nohup`, SIGHUP stays ignored
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
