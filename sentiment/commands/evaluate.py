"""`python -m sentiment evaluate`: metrics of a model on held-out reviews."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sentiment.commands.columns import column_options
from sentiment.commands.inputs import PUBLIC_KEY_NOTE, fail, labelled_reviews, open_model
from sentiment.reviews.held_out import PUBLIC
from sentiment.reviews.reading import Columns

if TYPE_CHECKING:
    from sentiment.evaluation.metrics import Evaluation

COLUMNS = ("accuracy", "precision", "recall", "f1", "macro_f1", "calibration_error")


@column_options
def evaluate(
    *,
    model: Annotated[Path, typer.Option(help="Model file of `train`.")] = Path("model.json.gz"),
    reviews: Annotated[
        list[Path] | None, typer.Option(help="File of reviews, a published set or a table; may be repeated.")
    ] = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--everything", help="Evaluate on all reviews, not only held-out ones: for files never trained on."
        ),
    ] = False,
    quarantine: Annotated[Path, typer.Option(help="File that lists unreadable rows, if there are any.")] = Path(
        "evaluate.rejected.jsonl"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    columns: Columns,
) -> None:
    """Evaluate a model on held-out reviews; without --reviews, on those of the built-in sample."""
    from sentiment.evaluation.metrics import evaluate as evaluate_model  # noqa: PLC0415 - imports numpy

    console = Console(stderr=True)
    scorer = open_model(model, console)
    labelled = labelled_reviews(reviews or [], columns, quarantine, console)
    chosen = [review for review in labelled if everything or PUBLIC.holds_out(review.text)]
    if not everything:
        console.print(PUBLIC_KEY_NOTE, style="dim", highlight=False, soft_wrap=True)
    if not chosen:
        fail(console, "None of these reviews is held out. Use --everything to evaluate on all of them.")
    evaluation = evaluate_model(
        [review.label for review in chosen if review.label],
        [scorer.probability(review.full_text) for review in chosen],
        slices=[review.source for review in chosen],
    )
    if as_json:
        typer.echo(json.dumps(evaluation.to_dict(), indent=1))
        return
    shown = Console(highlight=False)
    shown.print(f"{model} on {'all' if everything else 'held-out'} reviews", markup=False, soft_wrap=True)
    shown.print(_table(evaluation))


def _table(evaluation: "Evaluation") -> Table:
    table = Table(box=SIMPLE, pad_edge=False, collapse_padding=True)
    table.caption = "below each number: its 95 % interval (bootstrap)"
    table.add_column("reviews", overflow="fold")
    for column in COLUMNS:
        table.add_column(column.replace("_", "\n"), justify="right", no_wrap=True)
    rows = {name: (metrics, evaluation.slice_intervals[name]) for name, metrics in evaluation.slices.items()}
    for name, (metrics, intervals) in {"all": (evaluation.metrics, evaluation.intervals), **rows}.items():
        values = asdict(metrics)
        ends = {column: "{:.2f}–{:.2f}".format(*intervals[column]) for column in COLUMNS}  # noqa: RUF001 - a range
        shown = [f"{values[column]:.3f}\n[dim]{ends[column]}[/dim]" for column in COLUMNS]
        table.add_row(f"{escape(name)}\n[dim]{metrics.count:,} reviews[/dim]", *shown, end_section=name == "all")
    return table
