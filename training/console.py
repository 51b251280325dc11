"""What people see of a command: its progress while they wait, and errors as one line."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def command() -> Iterator[Callable[[str], None]]:
    """Run a command: give it a function that tells people what begins, and end with code 1 on its errors."""
    try:
        if _err.is_terminal:
            yield from _spinning()
        else:
            yield lambda text: _err.print(text, markup=False)
    except TrainingError as error:
        _err.print(f"[red]Error:[/red] {escape(str(error))}")
        raise typer.Exit(1) from error


def _spinning() -> Iterator[Callable[[str], None]]:
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=_err) as progress:

        def step(text: str) -> None:
            for task in progress.task_ids:
                progress.update(task, total=1, completed=1)
            progress.add_task(text, total=None)

        yield step
        for task in progress.task_ids:
            progress.update(task, total=1, completed=1)
