"""Errors of a command as people see them: one line, and exit code 1."""

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
    """End the command with code 1 and one line where the body raises an error of this kind.

    Args:
        kind: The room's own error, whose message says what is wrong.
        console: Of standard error.
    """
    try:
        yield
    except kind as error:
        console.print(f"[red]Error:[/red] {escape(str(error))}")
        raise typer.Exit(1) from error
