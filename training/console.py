"""What people see of a command: its progress while they wait, and errors as one line."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from sentiment.commands.errors import one_line_errors
from training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from rich.progress import Task
    from rich.progress_bar import ProgressBar

out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False, soft_wrap=True)


class Steps:
    """Tells people what begins: as lines, or on a terminal with what is under way moving.

    Args:
        console: Where people look.
        progress: What moves there; None where nothing can.
    """

    def __init__(self, console: Console, progress: Progress | None = None) -> None:
        self._console = console
        self._progress = progress

    def __call__(self, text: str) -> None:
        """Tell that one step begins, and so that the one before is done."""
        if self._progress is None:
            self._console.print(text, markup=False)
        else:
            self.finish()
            self._progress.add_task(text, total=None, size=None)

    def reading(self, files: Sequence[Path]) -> Callable[[int], None]:
        """Tell that files begin to be read; return what has to be told how many more of their bytes have been."""
        text = f"Reading {len(files)} file{'s' if len(files) > 1 else ''} of reviews"
        if self._progress is None:
            self._console.print(text, markup=False)
            return lambda _: None
        self.finish()
        progress = self._progress
        size = sum(path.stat().st_size for path in files if path.is_file())  # the reader says which are missing
        task = progress.add_task(text, total=size, size=size)
        return lambda more: progress.advance(task, more)

    def finish(self) -> None:
        """Show every step as done."""
        if self._progress is not None:
            for task in self._progress.tasks:
                total = task.total or 1
                self._progress.update(task.id, total=total, completed=total)


@contextmanager
def command() -> Iterator[Steps]:
    """Run a command: give it what tells people what begins, and end with code 1 on its errors."""
    with one_line_errors(TrainingError, _err):
        if _err.is_terminal:
            columns = (
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                _ReadingBar(),
                _ReadBytes(),
                TimeElapsedColumn(),
            )
            with Progress(*columns, console=_err) as progress:
                steps = Steps(_err, progress)
                yield steps
                steps.finish()
        else:
            yield Steps(_err)


class _ReadingBar(BarColumn):
    """A bar, beside steps whose size is known."""

    def render(self, task: Task) -> ProgressBar | Text:  # type: ignore[override]  # rich takes whatever it can print
        return Text() if task.fields["size"] is None else super().render(task)


class _ReadBytes(DownloadColumn):
    """How many bytes have been read of how many, beside steps whose size is known."""

    def render(self, task: Task) -> Text:
        return Text() if task.fields["size"] is None else super().render(task)
