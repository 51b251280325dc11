"""What commands work on: labelled reviews, from files or the built-in sample, and the file of a model."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NoReturn

import typer

from sentiment.commands.columns import asked_for_columns, show_detected
from sentiment.commands.progress import reading_progress
from sentiment.model.artifact import ArtifactError, load
from sentiment.model.scorer import Scorer
from sentiment.reviews.convert import convert
from sentiment.reviews.reading import Columns, read_reviews
from sentiment.reviews.review import Review
from sentiment.reviews.sample import load_sample

if TYPE_CHECKING:
    from rich.console import Console

PUBLIC_KEY_NOTE = "Held-out reviews are chosen by the public key: `python -m training` uses the secret of a loop."


def labelled_reviews(files: list[Path], columns: Columns, quarantine: Path, console: Console) -> list[Review]:
    """Return the labelled reviews of files, by id and without duplicates; without files, the built-in sample.

    Files go through `convert`, so that every command keeps and counts the same rows. Unreadable files, and files
    without a labelled review, end the command with one line that says why.

    Args:
        files: Files of reviews.
        columns: The columns of tables that somebody named.
        quarantine: File that lists unreadable rows; it is only written if there are any.
        console: Console on standard error.
    """
    if not files:
        console.print("Using the built-in sample. Use --reviews FILE for your own reviews.", style="dim")
        return [review for review in load_sample() if review.label]
    try:
        with (
            TemporaryDirectory() as folder,
            asked_for_columns(console),
            reading_progress(files, console) as on_bytes,
        ):
            kept = Path(folder, "reviews.jsonl")
            shown = show_detected(console)
            counts = convert(files, kept, quarantine, columns=columns, on_bytes=on_bytes, on_detected=shown)
            reviews = [item for item in read_reviews(kept) if isinstance(item, Review)] if counts.kept else []
        if not counts.rejected:
            quarantine.unlink()
    except (OSError, ValueError) as error:
        fail(console, str(error))
    line = (
        f"{counts.read:,} rows read: {counts.kept:,} kept, {counts.neutral:,} with three stars and "
        f"{counts.duplicates:,} duplicates dropped."
    )
    console.print(line, style="dim", highlight=False, soft_wrap=True)
    for reason, count in counts.left_out:
        console.print(f"Left out, {count:,} times: {reason}.", style="dim", markup=False, soft_wrap=True)
    if rejected := sum(count for _, count in counts.rejected):
        line = f"{rejected:,} unreadable, listed with the reasons in {quarantine}."
        console.print(line, style="yellow", markup=False, highlight=False, soft_wrap=True)
    if not reviews:
        fail(console, "No review in these files has a label.")
    # As in a tracked run: the order of files and lines makes no difference.
    return sorted(reviews, key=lambda review: review.review_id)


def open_model(path: Path, console: Console) -> Scorer:
    """Return the model in a file; end the command with one line if there is none."""
    try:
        return Scorer(load(path.read_bytes()))
    except FileNotFoundError:
        fail(console, f"No model at {path}. Create one with `python -m sentiment train`.")
    except (OSError, ArtifactError) as error:
        fail(console, f"{path} cannot be used: {error}")


def fail(console: Console, reason: str) -> NoReturn:
    """Print the reason and end the command with exit code 2."""
    console.print(reason, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(2)


def quarantine_beside(out: Path) -> Path:
    """Return the default file that lists unreadable rows, a different one for every `out`."""
    return out.with_name(f"{out.name.removesuffix('.gz').removesuffix('.jsonl').removesuffix('.json')}.rejected.jsonl")
