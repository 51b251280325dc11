"""`python -m sentiment evaluate`: how good a model is on reviews that it was not trained on."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sentiment.commands.model import open_model
from sentiment.commands.reviews import fail, labelled_reviews
from sentiment.review import is_held_out


def evaluate(
    *,
    model: Annotated[Path, typer.Option(help="A model of `train`.")] = Path("model.json.gz"),
    reviews: Annotated[
        list[Path] | None, typer.Option(help="A file of reviews, of any known format; may be given again.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--everything", help="All reviews, not just the held-out ones: for files never trained on.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Measure a model on held-out reviews (without --reviews those of the built-in sample)."""
    from sentiment.evaluation import evaluate as evaluate_model  # noqa: PLC0415 - numpy is imported when needed
    from sentiment.training import document  # noqa: PLC0415

    console = Console(stderr=True)
    scorer = open_model(model, console)
    chosen = [
        review for review in labelled_reviews(reviews or [], console) if everything or is_held_out(review.review_id)
    ]
    if not chosen:
        fail(console, "None of these reviews is held out; --everything measures on all of them.")
    evaluation = evaluate_model(
        [review.label for review in chosen if review.label],
        [scorer.probability(document(review)) for review in chosen],
        slices=[review.source for review in chosen],
    )
    if as_json:
        typer.echo(json.dumps(evaluation.to_dict(), indent=1))
        return
    table = Table("reviews", title=f"{model} on {'all' if everything else 'held-out'} reviews")
    columns = ("count", "accuracy", "precision", "recall", "f1", "macro_f1", "calibration_error")
    for column in columns:
        table.add_column(column.replace("_", " "), justify="right")
    for name, metrics in {"all": evaluation.metrics, **evaluation.slices}.items():
        values = asdict(metrics)
        shown = [f"{values[column]:.3f}" for column in columns[1:]]
        table.add_row(name, f"{metrics.count:,}", *shown, end_section=name == "all")
    low, high = evaluation.intervals["macro_f1"]
    table.caption = f"macro F1 is between {low:.3f} and {high:.3f} (95 %, bootstrap)"
    Console().print(table)
