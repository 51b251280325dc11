"""Terminal output: steps with elapsed and usual time, live on a terminal and as plain lines elsewhere."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from local.errors import LocalError, tail
from local.files import read_object, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rich.console import RenderableType

_PLAIN_WIDTH = 200
_NOTHING_TO_DO = 0.25
"""A step that took less than this share of its usual time had nothing to do, and its time is not remembered."""


class Step:
    """A running step. `detail`, the newest information about it, can be set at any time."""

    def __init__(self, name: str, usual_s: float) -> None:
        self.name, self.usual_s = name, usual_s
        self.detail = ""
        self._started = time.monotonic()
        self._spinner = Spinner("dots", style="cyan")

    @property
    def elapsed_s(self) -> float:
        """Seconds since the step started."""
        return time.monotonic() - self._started

    def __rich__(self) -> RenderableType:
        """One line: spinner, name, elapsed and usual time, detail."""
        line = Table.grid(padding=(0, 1), expand=True)
        line.add_column(width=1)
        line.add_column(no_wrap=True)
        line.add_column(no_wrap=True, ratio=1, overflow="ellipsis")
        times = f"{self.elapsed_s:3.0f} s (usually {self.usual_s:.0f} s)"
        line.add_row(self._spinner, Text(f"{self.name:<34}{times}"), Text(self.detail, style="dim"))
        return line


class Terminal:
    """Prints steps and remembers how long each takes on this machine.

    Args:
        timings: The file with the times; its folder need not exist yet.
        console: Where to print.
        addressed: Completes the commands in a message so that they mean this loop.
    """

    def __init__(self, timings: Path, console: Console | None = None, *, addressed: Callable[[str], str] = str) -> None:
        self.console = console or _console()
        self._timings = timings
        self._addressed = addressed

    def of(self, addressed: Callable[[str], str]) -> Terminal:
        """The same terminal, for messages about another loop."""
        return Terminal(self._timings, self.console, addressed=addressed)

    def confirms(self, question: str, *, remedy: str) -> bool:
        """Ask for confirmation before something is removed.

        Raises:
            LocalError: This is not a terminal, so nobody can answer.
        """
        if not self.console.is_terminal:
            raise LocalError("Nothing was removed: confirmation needs a terminal.", remedy=remedy)
        return self.console.input(f"{question} [y/N] ", markup=False).strip().lower() in {"y", "yes"}

    @contextmanager
    def step(self, name: str, *, key: str, usual_s: float) -> Iterator[Step]:
        """Show a step while its body runs. `usual_s` is shown until this machine has its own time."""
        known = {name: took for name, took in read_object(self._timings).items() if isinstance(took, int | float)}
        step = Step(name, known.get(key, usual_s))
        try:
            if self.console.is_terminal:
                with Live(step, console=self.console, transient=True, refresh_per_second=8):
                    yield step
            else:
                self.console.print(f"… {name} (usually {step.usual_s:.0f} s)")
                yield step
        except BaseException:
            self.console.print(Text.assemble(("✗ ", "red"), f"{name:<34}{step.elapsed_s:3.0f} s"))
            raise
        self.console.print(
            Text.assemble(("✓ ", "green"), f"{name:<34}{step.elapsed_s:3.0f} s  ", (step.detail, "dim")),
            no_wrap=True,
            overflow="ellipsis",
        )
        if step.elapsed_s > step.usual_s * _NOTHING_TO_DO:
            self._remember(known | {key: round(step.elapsed_s, 1)})

    def _remember(self, timings: dict[str, float]) -> None:
        try:
            write_whole(self._timings, json.dumps(timings))
        except OSError as error:  # servers must stop on a full disk, too
            self.warn(f"Could not save how long this step took: {error}")

    def note(self, text: str) -> None:
        """Print one line of information."""
        self.console.print(Text.assemble(("• ", "cyan"), self._addressed(text)), soft_wrap=True)

    def warn(self, text: str) -> None:
        """Print one line of warning."""
        self.console.print(Text.assemble(("! ", "yellow"), self._addressed(text)), soft_wrap=True)

    def alarm(self, text: str) -> None:
        """Print one line that nobody should miss."""
        self.console.print(
            Text.assemble(("✗ DATA LOST: ", "bold red"), (self._addressed(text), "bold")), soft_wrap=True
        )

    def failure(self, error: LocalError) -> None:
        """Print what went wrong, the last lines of the log, and what to do."""
        self.console.print(Text.assemble(("\n✗ ", "bold red"), (error.message, "bold")), soft_wrap=True)
        if error.log:
            for line in tail(error.log):
                self.console.print(Text("  │ " + line, style="dim"), soft_wrap=True)
            self.console.print(Text(f"  full log: {error.log}"), soft_wrap=True)
        self.console.print(Text.assemble(("→ ", "green"), self._addressed(error.remedy)), soft_wrap=True)


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH  # so that nothing is cut off in a log file
    return console
