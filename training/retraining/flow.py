"""All steps of one run in this process: what Airflow does with them, without Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from sentiment.clock import utc_now
from training import retraining
from training.retraining.judging import DECIDE
from training.retraining.preparing import BUILD_FRAME
from training.retraining.publishing import PROMOTE
from training.retraining.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.retraining.settings import RetrainingSettings

_TOLD = {
    "ingest": "Ingesting what is new",
    "clone_hyperparameters": "Cloning the hyperparameters of production",
    "build_frame": "Building and freezing the training frame",
    "train": "Training the candidate",
    "evaluate": "Scoring candidate, production and anchor",
    "decide": "Deciding",
    "promote": "Promoting, if the decision says so",
    "materialise": "Writing the products' numbers for serving",
    "report": "Writing the report",
}


def new_run_id(who: str) -> str:
    """Return an id that says who asked and when, and that no other run has."""
    return f"{who}__{utc_now():%Y-%m-%dT%H:%M:%S}_{uuid4().hex[:6]}"


def retrain(
    settings: RetrainingSettings,
    run_id: str,
    *,
    step: Callable[[str], None],
    force: bool = False,
    first: bool = False,
) -> str:
    """Run every step that has no outcome yet, and return in a sentence or two how the run ended.

    Args:
        settings: Where everything is.
        run_id: Of the run; an earlier one's goes on where it was.
        step: Told what begins, for people who wait.
        force: Train even if production was trained on the very same window.
        first: Nothing that can be served is published: make a first model.

    Raises:
        TrainingError: What went wrong; the same run id goes on from there.
    """
    for name in retraining.STEPS:
        step(_TOLD[name])
        if name == "ingest":
            retraining.ingest(settings, run_id, force=force, first=first)
        else:
            getattr(retraining, name)(settings, run_id)
    return how_it_ended(Run(settings, run_id))


def how_it_ended(run: Run) -> str:
    """Return in a sentence or two what came of a run, from the outcomes of its steps."""
    framed = run.workspace.read(BUILD_FRAME.name, BUILD_FRAME.result)
    if framed is None:
        return "The run has not come to a frame yet."
    if framed.state != "done":
        return f"Nothing was trained ({framed.state}). {framed.reason}"
    promoted = run.workspace.read(PROMOTE.name, PROMOTE.result)
    decided = run.workspace.read(DECIDE.name, DECIDE.result)
    if promoted is None or promoted.result is None or decided is None or decided.result is None:
        return "The run has not come to a decision yet."
    found = promoted.result
    if found.outcome == "promoted":
        return f"Version {found.version} was promoted. {found.reason}"
    kept = f"Version {found.version} stays in production" if found.version else "Nothing is served"
    return f"{kept}. {found.reason}"
