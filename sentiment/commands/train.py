"""`python -m sentiment train`: train a model and write it to one file."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sentiment.commands.columns import column_options
from sentiment.commands.inputs import PUBLIC_KEY_NOTE, fail, labelled_reviews, quarantine_beside
from sentiment.commands.options import hyperparameter_options
from sentiment.files import check_replaceable, written_whole
from sentiment.model.artifact import dump
from sentiment.model.errors import StreamingError
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.summary import TRAINED
from sentiment.reviews.example import as_examples
from sentiment.reviews.reading import Columns


@column_options
@hyperparameter_options
def train(
    *,
    out: Annotated[Path, typer.Option(help="File to write the model to.")] = Path("model.json.gz"),
    reviews: Annotated[
        list[Path] | None, typer.Option(help="File of reviews, a published set or a table; may be repeated.")
    ] = None,
    quarantine: Annotated[
        Path | None, typer.Option(help="File that lists unreadable rows, if there are any. Default: beside --out.")
    ] = None,
    hyperparameters: Hyperparameters,
    columns: Columns,
) -> None:
    """Train a model on reviews; without --reviews, on the built-in sample. Held-out reviews are left aside."""
    from sentiment.model.training import train as train_model  # noqa: PLC0415 - imports scikit-learn

    console = Console(stderr=True)
    try:
        check_replaceable(out)
    except ValueError as error:
        fail(console, str(error))
    listed = quarantine or quarantine_beside(out)
    chosen = labelled_reviews(reviews or [], columns, listed, console)
    console.print(PUBLIC_KEY_NOTE, style="dim", highlight=False, soft_wrap=True)
    started = time.monotonic()
    try:
        with console.status(f"training on {len(chosen):,} reviews …"):
            model = train_model(as_examples(chosen), hyperparameters)
        data = dump(model.artifact)
        with written_whole(out) as file:
            file.write(data)
    except (OSError, ValueError, StreamingError) as error:
        fail(console, f"No model was written: {error}")
    summary = model.artifact.training
    table = Table("", "model", show_header=False)
    table.add_row(
        TRAINED[summary["trainer"]], f"{summary['reviews']:,} reviews, {summary['positive']:,} of them positive"
    )
    table.add_row("held out, not trained on", f"{summary['left_aside']['held_out']:,}")
    table.add_row("n-grams", f"{len(model.artifact.ngrams):,}")
    table.add_row("size", f"{len(data) / 1e6:.2f} MB")
    table.add_row("took", f"{time.monotonic() - started:.1f} s")
    shown = Console(highlight=False)
    shown.print(table)
    shown.print(f"model: {out}", markup=False, soft_wrap=True)
