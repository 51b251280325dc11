"""Expected errors of a command, as one line and exit code 1."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from rich.markup import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console


@contextmanager
def one_line_errors(kind: type[Exception], console: Console) -> Iterator[None]:
    """End the command with exit code 1 and the error's message on one line if the body raises one of this kind."""
    try:
        yield
    except kind as error:
        console.print(f"[red]Error:[/red] {escape(str(error))}")
        raise typer.Exit(1) from error
