"""The labelled reviews that a command works on: of files of any known format, or the built-in sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from sentiment.reading import read_reviews
from sentiment.review import Review
from sentiment.sample import load_sample

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console


def labelled_reviews(files: list[Path], console: Console) -> list[Review]:
    """Return the reviews with a label, no text twice; the built-in sample where no file is given.

    Files that cannot be read, and files without a labelled review, end the command with one line on why.
    """
    if not files:
        console.print("Working on the built-in sample: give --reviews FILE for your own.", style="dim")
        return [review for review in load_sample() if review.label]
    kept: dict[tuple[str, str], Review] = {}
    rejected = 0
    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("reading", total=sum(path.stat().st_size for path in files))
            for path in files:
                for item in read_reviews(path, lambda size: progress.advance(task, size)):
                    if not isinstance(item, Review):
                        rejected += 1
                    elif item.label:
                        kept.setdefault((item.title, item.text), item)
    except (OSError, ValueError) as error:
        fail(console, str(error))
    if rejected:
        console.print(f"{rejected:,} rows could not be read: `ingest` lists them with the reasons.", style="yellow")
    if not kept:
        fail(console, "No review in these files has a label: nothing can be done with them.")
    return list(kept.values())


def fail(console: Console, reason: str) -> NoReturn:
    """Print the reason and end the command with exit code 2."""
    console.print(reason, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(2)
