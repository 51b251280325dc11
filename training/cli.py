"""The command line of training, `python -m training`.

Commands import mlflow and scikit-learn inside their functions, so that `--help` and `ensure` answer at once.
"""

# ruff: noqa: PLC0415 - see above

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sentiment.commands.columns import asked_for_columns, column_options, show_detected
from sentiment.commands.errors import one_line_errors
from sentiment.commands.options import hyperparameter_options
from sentiment.commands.progress import Steps, showing_steps
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.reviews.reading import Columns
from sentiment.schemas.pointer import SERVED_SOON
from training.errors import TrainingError
from training.settings import load_settings

out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False, soft_wrap=True)

app = typer.Typer(
    name="python -m training",
    help="Train sentiment models, track each run in MLflow, and choose the version in production.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@contextmanager
def command() -> Iterator[Steps]:
    """Run a command that shows its steps; exit with code 1 on its errors."""
    with one_line_errors(TrainingError, _err), showing_steps(_err) as steps:
        yield steps


@app.command()
def ensure() -> None:
    """Promote a first model if there is none; repair a pointer, artifact or alias that does not agree."""
    from training.registry.ensure import ensure as ensure_production

    with command() as step:
        settings = load_settings()

        def first_model() -> str:
            from training.retraining.first_model import promote_first_model

            return promote_first_model(settings, step=step)

        done = ensure_production(settings, step=step, first_model=first_model)
    out.print(done, markup=False)


@app.command()
@column_options
@hyperparameter_options
def run(
    *,
    reviews: Annotated[
        list[Path] | None,
        typer.Option(
            help="File of reviews, a published set or a table; may be repeated. Default: the built-in sample."
        ),
    ] = None,
    promote: Annotated[bool, typer.Option(help="Promote the new version if the gate allows it.")] = False,
    force: Annotated[bool, typer.Option(help="With --promote: do not apply the gate.")] = False,
    hyperparameters: Hyperparameters,
    columns: Columns,
) -> None:
    """Train a candidate, evaluate it on held-out reviews, and register it with its run in MLflow."""
    with asked_for_columns(_err), command() as step:
        settings = load_settings()
        step("Importing MLflow and scikit-learn")
        from training.runs.candidate import make_candidate

        done = make_candidate(
            settings,
            reviews or [],
            hyperparameters,
            promote=promote,
            force=force,
            step=step,
            reading=step.reading,
            columns=columns,
            on_detected=show_detected(_err),
        )
    out.print(done, markup=False)


@app.command()
def promote(version: Annotated[str, typer.Argument(help="Number of a registered version.")]) -> None:
    """Promote a registered version without applying the gate."""
    with command():
        settings = load_settings()
        from training.registry.registry import open_registry

        promotion = open_registry(settings).promote(version)
    version, before = promotion.pointer.model_version, promotion.pointer.previous_version
    after = f" after version {before}" if before else ""
    out.print(
        f"Version {version} is promoted{after}: {SERVED_SOON}."
        if promotion.changed
        else f"Version {version} is already served; nothing changed."
    )


@app.command()
def retrain(
    *,
    force: Annotated[bool, typer.Option(help="Train even if production was trained on the same reviews.")] = False,
    run_id: Annotated[
        str | None, typer.Option(help="Id of a run to continue. Default: start a new run.", show_default=False)
    ] = None,
) -> None:
    """Run every step of a retraining: ingest, train, evaluate, and promote the candidate if the gate allows it."""
    with command() as step:
        step("Importing MLflow")
        from training.retraining.in_process import new_run_id
        from training.retraining.in_process import retrain as run_all
        from training.retraining.run import with_features

        done = run_all(with_features(load_settings()), run_id or new_run_id("manual"), step=step, force=force)
    out.print(done, markup=False)


@app.command()
def rollback(
    *,
    to: Annotated[str | None, typer.Option(help="Number of the version. Default: the one before.")] = None,
) -> None:
    """Serve the previous version again, or the one that is named, without applying the gate."""
    with command():
        settings = load_settings()
        from training.registry.rollback import rollback as roll_back

        done = roll_back(settings, to)
    out.print(done, markup=False)


@app.command()
def audit(
    *,
    last: Annotated[int, typer.Option(help="How many of the newest entries to print.", min=1)] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print whole entries as JSON, one per line.")] = False,
) -> None:
    """Print the audit log: decisions, promotions, rollbacks and failures, newest last."""
    from training.registry.show import show_audit

    with command():
        shown = show_audit(load_settings(), last=last, as_json=as_json)
    out.print(shown, markup=False)


@app.command()
def show() -> None:
    """Show the production version, its metrics, and whether pointer and alias agree."""
    from training.registry.show import show_production

    with command():
        shown = show_production(load_settings())
    out.print(shown, markup=False)
