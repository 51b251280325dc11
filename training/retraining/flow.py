"""All steps of one run in this process, without Airflow; and the run that makes a first model."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from sentiment.clock import utc_now
from training.errors import DataError, PromotionRefusedError
from training.retraining.run import Run, with_features
from training.retraining.steps import BUILD_FRAME, DECIDE, INGEST, PROMOTE, STEPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.retraining.run import RetrainingSettings
    from training.settings import Settings


def new_run_id(who: str) -> str:
    """Return a unique run id that says who started the run and when."""
    return f"{who}__{utc_now():%Y-%m-%dT%H:%M:%S}_{uuid4().hex[:6]}"


def retrain(
    settings: RetrainingSettings,
    run_id: str,
    *,
    step: Callable[[str], None],
    force: bool = False,
    first: bool = False,
) -> str:
    """Run every step that has no outcome yet; return in a sentence or two how the run ended.

    Args:
        settings: Where everything is.
        run_id: Id of the run; an earlier run continues where it stopped.
        step: Called with the title of each step as it starts.
        force: Train even if production was trained on the same frame.
        first: No production model can be served: make a first one.

    Raises:
        TrainingError: What went wrong; the same run id continues from there.
    """
    run = Run(settings, run_id)
    for declared in STEPS:
        step(declared.title)
        if declared is INGEST:
            run.do(declared, force=force, first=first)
        else:
            run.do(declared)
    return describe(run)


def promote_first_model(settings: Settings, *, step: Callable[[str], None]) -> str:
    """Train and promote a first model on a lake that holds the built-in sample, and return its version.

    Raises:
        PromotionRefusedError: The gate rejects the model, or another one was promoted meanwhile.
        DataError: The lake has too few reviews.
        TrainingError: A server does not answer.
    """
    everything = with_features(settings)
    run = Run(everything, new_run_id("first"))
    ended = retrain(everything, run.run_id, step=step, first=True)
    frame = run.workspace.read(BUILD_FRAME)
    if frame is None or frame.state != "done":
        raise DataError(ended)
    promoted = run.result(PROMOTE)
    if promoted.outcome != "promoted" or promoted.version is None:
        raise PromotionRefusedError(ended)
    return promoted.version


def describe(run: Run) -> str:
    """Return in a sentence or two how a run ended, from the outcomes of its steps."""
    frame = run.workspace.read(BUILD_FRAME)
    if frame is None:
        return "The run has no training frame yet."
    if frame.state != "done":
        return f"Nothing was trained ({frame.state}). {frame.reason}"
    promoted, decided = run.workspace.read(PROMOTE), run.workspace.read(DECIDE)
    if promoted is None or promoted.result is None or decided is None or decided.result is None:
        return "The run has no decision yet."
    result = promoted.result
    if result.outcome == "promoted":
        return f"Version {result.version} was promoted. {result.reason}"
    stays = f"Version {result.version} stays in production" if result.version else "Nothing is served"
    return f"{stays}. {result.reason}"
