"""Progress of a command: the running step and how far it is, moving on a terminal and as plain lines elsewhere."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from sentiment.reviews.reading import size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from rich.console import Console, RenderableType
    from rich.progress import Task


class Steps:
    """The steps of a command; each ends when the next one starts. Without `progress`, each is a printed line."""

    def __init__(self, console: Console, progress: Progress | None = None) -> None:
        self._console = console
        self._progress = progress

    def __call__(self, name: str) -> None:
        """Start a step of unknown length."""
        self._start(name)

    def reading(self, files: Sequence[Path]) -> Callable[[int], None]:
        """Start reading files; return a function to call with the number of bytes read."""
        name = f"Reading {len(files)} file{'s' if len(files) > 1 else ''} of reviews"
        size = sum(map(size_of, files))  # the reader reports missing files
        task = self._start(name, size, DownloadColumn())
        return lambda read: self._update(task, advance=read)

    def counting(self, total: int) -> Callable[[int, str], None]:
        """Start counting to a total; return a function to call with the count and what to show beside it."""
        task = self._start("", total, MofNCompleteColumn())
        return lambda count, shown: self._update(task, completed=count, description=shown)

    def finish(self) -> None:
        """Show every step as done."""
        for task in self._progress.tasks if self._progress else ():
            total = task.total or 1
            self._update(task.id, total=total, completed=total)

    def _start(self, name: str, total: int | None = None, amount: ProgressColumn | None = None) -> TaskID:
        if self._progress is None:
            if name:
                self._console.print(name, markup=False)
            return TaskID(0)
        self.finish()
        bar, time = (
            (BarColumn(), TimeRemainingColumn(elapsed_when_finished=True)) if amount else (None, TimeElapsedColumn())
        )
        return self._progress.add_task(name, total=total, bar=bar, amount=amount, time=time)

    def _update(self, task: TaskID, **changes: Any) -> None:  # noqa: ANN401 (rich's own)
        if self._progress is not None:
            self._progress.update(task, **changes)


class _ColumnOf(ProgressColumn):
    """The column that a task has in one of its fields; blank when that is None."""

    def __init__(self, field: str) -> None:
        super().__init__()
        self._field = field

    def render(self, task: Task) -> RenderableType:
        column: ProgressColumn | None = task.fields[self._field]
        return column(task) if column else Text()


@contextmanager
def showing_steps(console: Console, *, transient: bool = False) -> Iterator[Steps]:
    """Show the steps of the body: moving on a terminal, where `transient` ones disappear at the end; else as lines."""
    if not console.is_terminal:
        yield Steps(console)
        return
    description = TextColumn("{task.description}", markup=False)
    columns = (SpinnerColumn(), description, *(_ColumnOf(field) for field in ("bar", "amount", "time")))
    with Progress(*columns, console=console, transient=transient) as progress:
        steps = Steps(console, progress)
        yield steps
        steps.finish()


@contextmanager
def reading_progress(files: Sequence[Path], console: Console) -> Iterator[Callable[[int], None]]:
    """Show a bar on a terminal while files are read; yield a function to call with the number of bytes read."""
    if not console.is_terminal:
        yield lambda _: None
        return
    with showing_steps(console, transient=True) as steps:
        yield steps.reading(files)
