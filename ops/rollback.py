"""`make rollback`: runs `python -m training rollback` on the deployed loop."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

from ops import outputs

if TYPE_CHECKING:
    from local.loop import Loop


def roll_back(loop: Loop, *, to: str) -> NoReturn:
    """Replace this process by the rollback of a loop to a version; empty for the previous one.

    Raises:
        LocalError: Nothing is deployed.
    """
    found = outputs.require(loop, outputs.NEWEST)
    environment = dict(os.environ) | outputs.for_commands(loop, found)
    command = [sys.executable, "-m", "training", "rollback", *(["--to", to] if to else [])]
    sys.stdout.flush()
    os.execve(sys.executable, command, environment)  # noqa: S606 (no shell is wanted)
