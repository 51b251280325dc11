"""The options that say which column of a table holds what, and what people see of a guess."""

from __future__ import annotations

import functools
import inspect
import shlex
import sys
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import typer
from rich.text import Text

from sentiment.reviews.reading import Columns, UncertainColumnsError
from sentiment.reviews.reading.columns import option_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from rich.console import Console

    from sentiment.reviews.reading import Detected
    from sentiment.reviews.review import Review

HELP = {
    "text_column": "Column of a table that holds the text: its name, or its number if there is no header.",
    "stars_column": "Column with stars.",
    "scale": "The most stars, if it is not 5.",
    "label_column": "Column with a class, if there are no stars.",
    "positive": "Values of the class that are positive, separated by commas.",
    "negative": "Values of the class that are negative.",
    "title_column": "Column with the title.",
    "time_column": "Column with the time.",
    "product_column": "Column with the product's id.",
}
PANEL = "Columns of tables (guessed if they are not given)"
UNCERTAIN = 2
"""Exit code of a command that asks which columns are meant."""
SHOWN = 70
"""Characters of a text that are shown."""


def column_options(command: Callable[..., None]) -> Callable[..., None]:
    """Replace a command's argument `columns` with an option for each of its fields.

    Options that contradict each other end the command as any other invalid option does, with exit code 2.
    """

    @functools.wraps(command)
    def with_options(**options: Any) -> None:  # noqa: ANN401 - what typer parsed
        try:
            columns = Columns(**{field.name: options.pop(field.name) for field in fields(Columns)})
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        command(columns=columns, **options)

    signature = inspect.signature(command)
    others = [each for name, each in signature.parameters.items() if name != "columns"]
    options = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=typer.Option(None, help=HELP[field.name], show_default=False, rich_help_panel=PANEL),
            annotation=float | None if field.name == "scale" else str | None,
        )
        for field in fields(Columns)
    ]
    # typer reads this; mypy does not know it.
    with_options.__signature__ = signature.replace(parameters=[*others, *options])  # type: ignore[attr-defined]
    return with_options


def show_detected(console: Console) -> Callable[[Path, Detected], None]:
    """Return what shows how a table with guessed columns is read, and its first rows."""

    def show(path: Path, detected: Detected) -> None:
        if detected.columns is not None:
            _print(console, f"{path} is read with {shlex.join(detected.columns.options())}", detected.preview)

    return show


@contextmanager
def asked_for_columns(console: Console, command: Callable[[Columns], str] | None = None) -> Iterator[None]:
    """End the command if a table can be read in more than one way: show the guess, and the command that confirms it.

    Args:
        console: Console on standard error.
        command: Returns the command, given the columns. Default: the one that is running, with the options added.
    """
    try:
        yield
    except UncertainColumnsError as error:
        _print(console, f"{error.name}: {error.guess.doubt}. Read like this, its first rows are:", error.preview)
        console.print("If that is right, run this; else change its options:", markup=False, soft_wrap=True)
        shown = (command or _with_options)(error.guess.columns)
        console.print(shown, style="bold", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(UNCERTAIN) from error


def _with_options(columns: Columns) -> str:
    """Return the running command, as it was typed, with options for these columns in place of those that it had."""
    names = {option_of(field.name) for field in fields(Columns)}
    words: list[str] = []
    skip = False
    for word in sys.orig_argv:
        if not skip and word.partition("=")[0] not in names:
            words.append(word)
        skip = not skip and word in names
    return shlex.join([*words, *columns.options()])


def _print(console: Console, heading: str, preview: Iterable[Review | str]) -> None:
    console.print(heading, markup=False, highlight=False, soft_wrap=True)
    for review in preview:
        console.print(_row(review), highlight=False, soft_wrap=True)


def _row(review: Review | str) -> Text:
    if isinstance(review, str):
        return Text(f"  not read: {review}", style="yellow")
    label = review.label or "neither"
    style = {"positive": "green", "negative": "red"}.get(label, "dim")
    facts = [
        f"{review.stars:g} stars" if review.stars is not None else "",
        review.time.date().isoformat() if review.time else "",
        f"of {review.product_id}" if review.product_id else "",
    ]
    shown = " ".join(" | ".join(filter(None, (review.title, review.text))).split())
    shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
    row = Text("  ").append(f"{label:8}", style=style).append(f" {shown}")
    known = ", ".join(filter(None, facts))
    return row.append(f"  ({known})", style="dim") if known else row
