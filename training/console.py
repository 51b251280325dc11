"""The console of training's commands: progress, and errors in one line."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

from sentiment.commands.errors import one_line_errors
from sentiment.commands.progress import showing_steps
from training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sentiment.commands.progress import Steps

out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def command() -> Iterator[Steps]:
    """Run a command that shows its steps; exit with code 1 on its errors."""
    with one_line_errors(TrainingError, _err), showing_steps(_err) as steps:
        yield steps
