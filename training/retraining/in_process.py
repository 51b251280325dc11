"""All steps of one run in this process, without Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from sentiment.clock import utc_now
from training.retraining.run import Run
from training.retraining.steps import BUILD_FRAME, DECIDE, INGEST, PROMOTE, STEPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.retraining.run import RetrainingSettings


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
