"""The command line of training, `python -m training`: one tracked run, and which version is in production.

A command imports what is heavy (mlflow, scikit-learn) inside its function, so that `--help` and a check that
finds nothing to do answer at once.
"""

# ruff: noqa: PLC0415 - as said above

from pathlib import Path
from typing import Annotated

import typer

from sentiment.commands.options import Folds, MaxNgrams, MinReviews, RegularizationC, Seed, StreamAbove
from sentiment.model.hyperparameters import Hyperparameters
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
    from training.registry.ensure import ensure as ensure_production

    with command() as step:
        settings = load_settings()

        def first_model() -> str:
            from training.retraining.first_model import promote_first_model

            return promote_first_model(settings, step=step)

        done = ensure_production(settings, step=step, first_model=first_model)
    out.print(done, markup=False)


@app.command()
def run(
    *,
    reviews: Annotated[
        list[Path] | None,
        typer.Option(help="A file of reviews in any known format; may be repeated. Default: the built-in sample."),
    ] = None,
    promote: Annotated[bool, typer.Option(help="Serve the new version if the gate lets it through.")] = False,
    force: Annotated[bool, typer.Option(help="With --promote: past the gate.")] = False,
    regularization_c: RegularizationC = _DEFAULTS.regularization_c,
    min_reviews: MinReviews = _DEFAULTS.min_reviews,
    max_ngrams: MaxNgrams = _DEFAULTS.max_ngrams,
    folds: Folds = _DEFAULTS.folds,
    seed: Seed = _DEFAULTS.seed,
    stream_above: StreamAbove = _DEFAULTS.stream_above,
) -> None:
    """Train one candidate, judge it on held-out reviews, keep everything in MLflow and register a version."""
    try:
        hyperparameters = Hyperparameters(
            regularization_c=regularization_c,
            min_reviews=min_reviews,
            max_ngrams=max_ngrams,
            folds=folds,
            seed=seed,
            stream_above=stream_above,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    with command() as step:
        settings = load_settings()
        step("Importing MLflow and scikit-learn")
        from training.runs.candidate import make_candidate

        done = make_candidate(
            settings, reviews or [], hyperparameters, promote=promote, force=force, step=step, reading=step.reading
        )
    out.print(done, markup=False)


@app.command()
def promote(version: Annotated[str, typer.Argument(help="Number of the registered version.")]) -> None:
    """Serve a registered version, past the gate: write the pointer, move the alias; the audit log keeps it."""
    with command():
        settings = load_settings()
        from training.registry.registry import open_registry

        promotion = open_registry(settings).promote(version)
    served = f"Version {promotion.pointer.model_version} is"
    before = promotion.pointer.previous_version
    after = f" after version {before}" if before else ""
    out.print(f"{served} served{after}." if promotion.changed else f"{served} served already; nothing changed.")


@app.command()
def retrain(
    *,
    force: Annotated[
        bool, typer.Option(help="Train even if production was trained on the very same window already.")
    ] = False,
    run_id: Annotated[
        str | None, typer.Option(help="Of a run to go on with. Default: a new one, by the time.", show_default=False)
    ] = None,
) -> None:
    """Run every step of a retraining: new reviews in, a candidate trained and judged, served if it is good enough."""
    with command() as step:
        step("Reading the settings")
        from training.retraining.flow import new_run_id
        from training.retraining.flow import retrain as run_all
        from training.retraining.settings import load_retraining_settings

        settings = load_retraining_settings()
        done = run_all(settings, run_id or new_run_id("manual"), step=step, force=force)
    out.print(done, markup=False)


@app.command()
def rollback(
    *,
    to: Annotated[
        str | None, typer.Option(help="Number of the version. Default: the one that was served before.")
    ] = None,
) -> None:
    """Serve the version that was served before, or another one, past the gate; the audit log keeps it."""
    with command():
        settings = load_settings()
        from training.registry.rollback import rollback as roll_back

        done = roll_back(settings, to)
    out.print(done, markup=False)


@app.command()
def audit(
    *,
    last: Annotated[int, typer.Option(help="How many entries, the newest.", min=1)] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Whole entries, a line each.")] = False,
) -> None:
    """Print the audit log: every decision, promotion, rollback and failure, the newest last."""
    from training.registry.show import show_audit

    with command():
        shown = show_audit(load_settings(), last=last, as_json=as_json)
    out.print(shown, markup=False)


@app.command()
def show() -> None:
    """Say which version is in production, how good it is, and whether pointer and alias agree."""
    from training.registry.show import show_production

    with command():
        shown = show_production(load_settings())
    out.print(shown, markup=False)
