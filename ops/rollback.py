"""`make rollback`: `python -m training rollback` is run against what is deployed here."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

from ops import outputs

if TYPE_CHECKING:
    from local.loop import Loop


def roll_back(loop: Loop, *, to: str) -> NoReturn:
    """Become the rollback of a loop.

    Args:
        loop: Which loop.
        to: The version to serve; empty for the one that was served before.

    Raises:
        LocalError: Nothing is deployed.
    """
    found = outputs.require(loop, "ProductStatsTable")
    environment = dict(os.environ) | outputs.for_commands(loop, found)
    command = [sys.executable, "-m", "training", "rollback", *(["--to", to] if to else [])]
    sys.stdout.flush()
    os.execve(sys.executable, command, environment)  # noqa: S606 (no shell is wanted)
