"""The labelled reviews that a command works on: of files of any known format, or the built-in sample."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NoReturn

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from sentiment.reviews.convert import RowCounts, convert
from sentiment.reviews.reading import read_reviews
from sentiment.reviews.review import Review
from sentiment.reviews.sample import load_sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console


def labelled_reviews(files: list[Path], quarantine: Path, console: Console) -> list[Review]:
    """Return the reviews with a label, no text twice, in the order of their ids; without a file the built-in sample.

    Files go through `convert`, so that every command counts and keeps the same rows. Files that cannot be read, and
    files without a labelled review, end the command with one line on why.

    Args:
        files: Reviews in any known format.
        quarantine: Where rows that cannot be read are listed; there is no such file where every row could be read.
        console: For people.
    """
    if not files:
        console.print("Working on the built-in sample: give --reviews FILE for your own.", style="dim")
        return [review for review in load_sample() if review.label]
    try:
        with TemporaryDirectory() as folder, reading_progress(files, console) as on_bytes:
            kept = Path(folder, "reviews.jsonl")
            counts = convert(files, kept, quarantine, on_bytes=on_bytes)
            reviews = [item for item in read_reviews(kept) if isinstance(item, Review)] if counts.kept else []
        if not counts.rejected:
            quarantine.unlink()
    except (OSError, ValueError) as error:
        fail(console, str(error))
    _tell(counts, quarantine, console)
    if not reviews:
        fail(console, "No review in these files has a label: nothing can be done with them.")
    # As in a tracked run: the order of files and lines then decides nothing.
    return sorted(reviews, key=lambda review: review.review_id)


@contextmanager
def reading_progress(files: list[Path], console: Console) -> Iterator[Callable[[int], None]]:
    """Show a bar while files are read; give what has to be told how many more bytes of them have been."""
    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        size = sum(path.stat().st_size for path in files if path.is_file())  # `convert` reports missing files
        task = progress.add_task("reading", total=size)
        yield lambda size: progress.advance(task, size)


def fail(console: Console, reason: str) -> NoReturn:
    """Print the reason and end the command with exit code 2."""
    console.print(reason, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(2)


def _tell(counts: RowCounts, quarantine: Path, console: Console) -> None:
    """Say what became of the rows."""
    said = (
        f"{counts.read:,} rows read: {counts.kept:,} kept, {counts.neutral:,} with three stars and "
        f"{counts.duplicates:,} with the text of another dropped."
    )
    console.print(said, style="dim", highlight=False, soft_wrap=True)
    rejected = sum(count for _, count in counts.rejected)
    if rejected:
        said = f"{rejected:,} rows could not be read: {quarantine} lists them with the reasons."
        console.print(said, style="yellow", markup=False, highlight=False, soft_wrap=True)


def quarantine_beside(out: Path) -> Path:
    """Return where rows that cannot be read are listed unless told otherwise: a file of its own for every `out`."""
    return out.with_name(f"{out.name.removesuffix('.gz').removesuffix('.jsonl').removesuffix('.json')}.rejected.jsonl")
