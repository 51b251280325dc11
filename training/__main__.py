"""The command line of training, `python -m training`: one tracked run, and which version is in production.

A command imports what is heavy (mlflow, scikit-learn) inside its function, so that `--help` and a check that
finds nothing to do answer at once.
"""

# ruff: noqa: PLC0415 - as said above

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

app = typer.Typer(
    name="python -m training",
    help="Train sentiment models under the eyes of MLflow, and choose the one in production.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False, soft_wrap=True)


@app.callback()
def main() -> None:
    """Keep every command under its own name, however many there are."""


@app.command()
def ensure() -> None:
    """Publish a first model if none is published; mend a pointer, an artifact and an alias that disagree."""
    from training.ensure import ensure as ensure_production
    from training.settings import load_settings

    with _one_line_errors(), _progress() as step:
        done = ensure_production(load_settings(), step=step)
    _out.print(done)


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except TrainingError as error:
        _err.print(f"[red]Error:[/red] {error}", markup=True)
        raise typer.Exit(1) from error


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Show what is under way: a spinner on a terminal, a line a step elsewhere."""
    if not _err.is_terminal:
        yield _err.print
        return
    with _err.status("Asking MLflow and S3") as status:
        yield status.update


if __name__ == "__main__":
    app()
