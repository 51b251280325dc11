"""Makes sure that a model is in production, as `make up` does: trains a first one if there is none."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from local.environment import for_endpoint
from ops import outputs
from ops.commands import run

if TYPE_CHECKING:
    from local.loop import Loop


def ensure(loop: Loop, found: dict[str, str]) -> None:
    """Train and promote a first model, if there is none.

    Raises:
        LocalError: The training failed, or took too long.
    """
    with loop.terminal.step("Ensure a model in production", key="train", usual_s=40) as step:
        run(
            [sys.executable, "-m", "training", "ensure"],
            what="Training",
            environment=for_endpoint(loop.endpoint) | outputs.for_commands(loop, found),
            log=loop.settings.logs_dir / "training.log",
            step=step,
            timeout_s=loop.settings.train_timeout_s,
            remedy="Read the log and fix the cause, then run make up again",
        )
