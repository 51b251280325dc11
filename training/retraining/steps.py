"""The steps in their order. A scheduler's file imports this one: nothing heavy before a step runs."""

# ruff: noqa: PLC0415 - as said above

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.retraining.settings import RetrainingSettings

STEPS = (
    "ingest",
    "clone_hyperparameters",
    "build_frame",
    "train",
    "evaluate",
    "decide",
    "promote",
    "materialise",
    "report",
)


def ingest(settings: RetrainingSettings, run_id: str, *, force: bool = False, first: bool = False) -> str:
    """Bring what is new in the archive into the feature store's tables; the run's time is that of this step.

    Args:
        settings: Where everything is.
        run_id: Of the run.
        force: Train even if production was trained on the very same window.
        first: Nothing that can be served is published: begin with the built-in sample, and make a first model.
    """
    from training.retraining import preparing
    from training.retraining.run import Run

    return Run(settings, run_id).do(preparing.INGEST, lambda run: preparing.ingest(run, force=force, first=first))


def clone_hyperparameters(settings: RetrainingSettings, run_id: str) -> str:
    """Take over the hyperparameters of the production model from its run in MLflow."""
    from training.retraining import preparing
    from training.retraining.run import Run

    return Run(settings, run_id).do(preparing.CLONE, preparing.clone_hyperparameters)


def build_frame(settings: RetrainingSettings, run_id: str) -> str:
    """Freeze the window's training frame under its sha256."""
    from training.retraining import preparing
    from training.retraining.run import Run

    return Run(settings, run_id).do(preparing.BUILD_FRAME, preparing.build_frame)


def train(settings: RetrainingSettings, run_id: str) -> str:
    """Train a candidate on the frozen frame, as a tracked run, and register it."""
    from training.retraining import candidate
    from training.retraining.run import Run

    return Run(settings, run_id).do(candidate.TRAIN, candidate.train)


def evaluate(settings: RetrainingSettings, run_id: str) -> str:
    """Score candidate, production and anchor on the same held-out reviews of the frozen frame."""
    from training.retraining import judging
    from training.retraining.run import Run

    return Run(settings, run_id).do(judging.EVALUATE, judging.evaluate)


def decide(settings: RetrainingSettings, run_id: str) -> str:
    """Hold the candidate against the gate, and put the decision on record whichever way it goes."""
    from training.retraining import judging
    from training.retraining.run import Run

    return Run(settings, run_id).do(judging.DECIDE, judging.decide)


def promote(settings: RetrainingSettings, run_id: str) -> str:
    """Serve the candidate if the decision allows it and production is still what it was judged against."""
    from training.retraining import publishing
    from training.retraining.run import Run

    return Run(settings, run_id).do(publishing.PROMOTE, publishing.promote)


def materialise(settings: RetrainingSettings, run_id: str) -> str:
    """Write the products' newest numbers to where the inference function reads them."""
    from training.retraining import publishing
    from training.retraining.run import Run

    return Run(settings, run_id).do(publishing.MATERIALISE, publishing.materialise)


def report(settings: RetrainingSettings, run_id: str) -> str:
    """Say for people what changed between candidate and production, as one page."""
    from training.retraining import reporting
    from training.retraining.run import Run

    return Run(settings, run_id).do(reporting.REPORT, reporting.report)


def how_a_step_ended(settings: RetrainingSettings, run_id: str, step: str) -> tuple[str, str]:
    """Return the state of a step that was run, and the reason if it is not `done`.

    Raises:
        RunError: The step has no outcome.
    """
    from training.errors import RunError
    from training.retraining.run import Run

    found = Run(settings, run_id).workspace.state(step)
    if found is None:
        raise RunError(f"The step {step} of run {run_id} has no outcome.")
    return found
