"""The nine steps of a retraining, in order: the command line, `make retrain` and Airflow's DAG file read them here.

This module imports the standard library only, so that an operator's command and the DAG file can read it at once. A
step names its function and its result by path; both are imported when the step runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.retraining import results
    from training.retraining.workspace import Result

ResultT = TypeVar("ResultT", bound="Result")


@dataclass(frozen=True, slots=True)
class Step(Generic[ResultT]):
    """One step.

    Attributes:
        name: Airflow's task id, and the name of the step's outcome in S3.
        title: What people see while it runs.
        summary: What it does.
        function: The function that does it, as `module:function`; its first argument is the `Run`.
        returns: The model of its result, as `module:class`.
    """

    name: str
    title: str
    summary: str
    function: str
    returns: str

    def load_function(self) -> Callable[..., ResultT]:
        """Import the function that does the step."""
        return cast("Callable[..., ResultT]", resolve_name(self.function))

    def load_result(self) -> type[ResultT]:
        """Import the model of the step's result."""
        return cast("type[ResultT]", resolve_name(self.returns))


INGEST: Step[results.Ingested] = Step(
    name="ingest",
    title="Ingesting new reviews and feedback",
    summary="Bring what is new in the archive into the lake, and fix the run's time.",
    function="training.retraining.preparation:ingest",
    returns="training.retraining.results:Ingested",
)
CLONE_HYPERPARAMETERS: Step[results.Cloned] = Step(
    name="clone_hyperparameters",
    title="Cloning the hyperparameters of production",
    summary="Read the hyperparameters of the production model from its run in MLflow.",
    function="training.retraining.preparation:clone_hyperparameters",
    returns="training.retraining.results:Cloned",
)
BUILD_FRAME: Step[results.Framed] = Step(
    name="build_frame",
    title="Building and freezing the training frame",
    summary="Freeze the window's training frame, point-in-time correct, under its sha256.",
    function="training.retraining.preparation:build_frame",
    returns="training.retraining.results:Framed",
)
TRAIN: Step[results.Trained] = Step(
    name="train",
    title="Training the candidate",
    summary="Train a candidate on the frozen frame, as a tracked run, and register it.",
    function="training.retraining.candidate:train",
    returns="training.retraining.results:Trained",
)
EVALUATE: Step[results.Evaluated] = Step(
    name="evaluate",
    title="Scoring candidate, production and anchor",
    summary="Score candidate, production and anchor on the same held-out reviews.",
    function="training.retraining.evaluation:evaluate",
    returns="training.retraining.results:Evaluated",
)
DECIDE: Step[results.Decided] = Step(
    name="decide",
    title="Applying the gate",
    summary="Apply the gate to the candidate and record the decision: improves, maintains or rejected.",
    function="training.retraining.evaluation:decide",
    returns="training.retraining.results:Decided",
)
PROMOTE: Step[results.Promoted] = Step(
    name="promote",
    title="Promoting the candidate if the gate allows it",
    summary="Promote the candidate if the gate allows it and production has not changed since.",
    function="training.retraining.promotion:promote",
    returns="training.retraining.results:Promoted",
)
MATERIALISE: Step[results.Materialised] = Step(
    name="materialise",
    title="Copying the product statistics to the online store",
    summary="Copy the newest product statistics to the online store.",
    function="training.retraining.promotion:materialise",
    returns="training.retraining.results:Materialised",
)
REPORT: Step[results.Reported] = Step(
    name="report",
    title="Writing the report",
    summary="Write a page on what changed between candidate and production.",
    function="training.retraining.report:report",
    returns="training.retraining.results:Reported",
)

STEPS: tuple[Step[Any], ...] = (
    INGEST,
    CLONE_HYPERPARAMETERS,
    BUILD_FRAME,
    TRAIN,
    EVALUATE,
    DECIDE,
    PROMOTE,
    MATERIALISE,
    REPORT,
)
LAST: tuple[Step[Any], ...] = (MATERIALISE, REPORT)
"""Steps that no other waits for."""
