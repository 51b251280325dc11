"""`python -m sentiment convert`: convert files of reviews to one file."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sentiment.commands.columns import asked_for_columns, column_options, show_detected
from sentiment.commands.inputs import fail, quarantine_beside
from sentiment.commands.progress import reading_progress
from sentiment.reviews.convert import RowCounts
from sentiment.reviews.convert import convert as convert_files
from sentiment.reviews.reading import Columns


@column_options
def convert(
    *,
    files: Annotated[
        list[Path], typer.Argument(help="Files of reviews: published sets or tables, plain or compressed.")
    ],
    out: Annotated[Path, typer.Option(help="File to write, as JSON lines; compressed if it ends in .gz.")],
    quarantine: Annotated[
        Path | None,
        typer.Option(help="File that lists unreadable rows, if there are any. Default: beside --out."),
    ] = None,
    columns: Columns,
) -> None:
    """Convert files of reviews to one file to train on, without duplicates and three-star reviews."""
    console = Console(stderr=True)
    listed = quarantine or quarantine_beside(out)
    try:
        with asked_for_columns(console), reading_progress(files, console) as on_bytes:
            counts = convert_files(
                files, out, listed, columns=columns, on_bytes=on_bytes, on_detected=show_detected(console)
            )
        if not counts.rejected:
            listed.unlink()
    except (OSError, ValueError) as error:
        fail(console, f"Nothing was written: {error}")
    shown = Console(highlight=False)
    shown.print(_table(counts))
    shown.print(f"kept: {out}", markup=False, soft_wrap=True)
    if counts.rejected:
        shown.print(f"rejected: {listed}", markup=False, soft_wrap=True)
    if not counts.kept:
        console.print("No review was kept: there is nothing to train on.", style="red")
        raise typer.Exit(1)


def _table(counts: RowCounts) -> Table:
    formats = Counter(form for _, form in counts.formats)
    files = ", ".join(f"{count} of {form}" for form, count in formats.items())
    table = Table("what happened to the rows", title=f"files: {files}")
    table.add_column("rows", justify="right")
    table.add_row("kept, positive", f"{counts.positive:,}")
    table.add_row("kept, negative", f"{counts.negative:,}")
    table.add_row("dropped, three stars or a class between", f"{counts.neutral:,}")
    table.add_row("dropped, same text as one kept", f"{counts.duplicates:,}")
    for reason, count in counts.rejected:
        table.add_row(escape(f"rejected: {reason}"), f"{count:,}")
    table.add_section()
    table.add_row("rows read", f"{counts.read:,}")
    for reason, count in counts.left_out:
        table.add_row(escape(f"left out: {reason}"), f"{count:,}")
    return table
