"""Interrupts that are held back: those of `local` and of the domain, which share no code."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from local import interruption as of_local
from sentiment import interruption as of_the_domain

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager


@pytest.mark.parametrize("held_back", [of_local.held_back, of_the_domain.held_back], ids=["local", "sentiment"])
def test_what_was_held_back_before_stays_so_afterwards(held_back: Callable[[], AbstractContextManager[None]]) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        with held_back():
            assert {signal.SIGINT, signal.SIGTERM, signal.SIGHUP} <= signal.pthread_sigmask(signal.SIG_BLOCK, ())
        assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before | {signal.SIGTERM}
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
