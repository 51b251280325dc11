"""The command line of training, `python -m training`: one tracked run, and which version is in production.

A command imports what is heavy (mlflow, scikit-learn) inside its function, so that `--help` and a check that
finds nothing to do answer at once.
"""

# ruff: noqa: PLC0415 - as said above

from pathlib import Path
from typing import Annotated

import typer

from sentiment.commands.options import Folds, MaxNgrams, MinReviews, RegularizationC, Seed
from sentiment.hyperparameters import Hyperparameters
from training.console import command, out
from training.settings import load_settings

app = typer.Typer(
    name="python -m training",
    help="Train sentiment models, keep each run in MLflow, and choose the version in production.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_DEFAULTS = Hyperparameters()


@app.command()
def ensure() -> None:
    """Publish a first model if none is published; mend a pointer, an artifact and an alias that disagree."""
    from training.ensure import ensure as ensure_production

    with command() as step:
        done = ensure_production(load_settings(), step=step)
    out.print(done, markup=False)


@app.command()
def run(
    *,
    reviews: Annotated[
        list[Path] | None,
        typer.Option(help="A file of reviews in any known format; may be repeated. Default: the built-in sample."),
    ] = None,
    promote: Annotated[bool, typer.Option(help="Serve the new version at once.")] = False,
    regularization_c: RegularizationC = _DEFAULTS.regularization_c,
    min_reviews: MinReviews = _DEFAULTS.min_reviews,
    max_ngrams: MaxNgrams = _DEFAULTS.max_ngrams,
    folds: Folds = _DEFAULTS.folds,
    seed: Seed = _DEFAULTS.seed,
) -> None:
    """Train one candidate, judge it on held-out reviews, keep everything in MLflow and register a version."""
    try:
        hyperparameters = Hyperparameters(
            regularization_c=regularization_c,
            min_reviews=min_reviews,
            max_ngrams=max_ngrams,
            folds=folds,
            seed=seed,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    with command() as step:
        settings = load_settings()
        step("Importing MLflow and scikit-learn")
        from training.candidate import make_candidate

        done = make_candidate(settings, reviews or [], hyperparameters, promote=promote, steps=step)
    out.print(done, markup=False)


@app.command()
def promote(version: Annotated[str, typer.Argument(help="Number of the registered version.")]) -> None:
    """Serve a registered version: write the pointer, move the alias."""
    with command():
        settings = load_settings()
        from training.registry import open_registry

        promotion = open_registry(settings).promote(version)
    served = f"Version {promotion.pointer.model_version} is"
    before = promotion.pointer.previous_version
    after = f" after version {before}" if before else ""
    out.print(f"{served} served{after}." if promotion.changed else f"{served} served already; nothing changed.")


@app.command()
def show() -> None:
    """Say which version is in production, how good it is, and whether pointer and alias agree."""
    from training.show import show_production

    with command():
        shown = show_production(load_settings())
    out.print(shown, markup=False)
