"""What retraining runs left in the artifacts bucket: how each step ended, the decision, the report.

Importing it takes a second, so only what shows a run does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel, ValidationError

from frontend.clients.problems import ProblemError
from frontend.clients.training_problems import problems
from frontend.decision import Decision  # noqa: TC001 (pydantic reads the annotation)
from training.errors import RunError
from training.registry.audit import AuditLog
from training.registry.storage import ArtifactStore
from training.retraining.steps import DECIDE, EVALUATE, PROMOTE, REPORT, STEPS, TRAIN
from training.retraining.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from training.retraining.steps import ResultT, Step
    from training.retraining.workspace import Outcome


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """One of a run's steps.

    Attributes:
        name: Airflow's task id.
        title: What it does.
        state: `done`, `skipped`, `no new data` or `too little data`; None if it has no outcome.
        reason: Why it is not done; empty if it is.
    """

    name: str
    title: str
    state: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Retraining:
    """What a run left behind.

    Attributes:
        run_id: Its id.
        steps: All steps, in their order.
        decision: What the gate decided; None if the run did not come to that.
        candidate: The version that the run trained; None if it trained none.
        production: The version that the candidate was compared with; None if there was none.
        promotion: `promoted`, `rejected` or `conflict`; None if the run did not come to that.
        reason: Why, in a sentence or two.
        served: The version that is served after the promotion.
        report: The page on what changed, as HTML; None if there is none.
        failure: The newest failure of a step, in a sentence; empty without one.
    """

    run_id: str
    steps: tuple[StepOutcome, ...]
    decision: Decision | None = None
    candidate: str | None = None
    production: str | None = None
    promotion: str | None = None
    reason: str = ""
    served: str | None = None
    report: bytes | None = None
    failure: str = ""


PLANNED = tuple(StepOutcome(step.name, step.title) for step in STEPS)
"""The steps of every run."""


class _DecisionFile(BaseModel):
    decision: Decision


class Retrainings:
    """The runs of one bucket. Its methods may be called by several threads."""

    def __init__(self, bucket: str, *, region: str) -> None:
        if not bucket:
            raise ProblemError("This application is not told where the store of the models is.", may_repeat=False)
        self._store = ArtifactStore(bucket, region=region)

    def read(self, run_id: str, *, began: datetime) -> Retraining:
        """Return what a run left behind that began at a time.

        Raises:
            ProblemError: The bucket does not answer, or what it has is damaged.
        """
        with problems():
            workspace = Workspace(self._store, run_id)
            outcomes = {step.name: workspace.read(step) for step in STEPS}
            trained, evaluated = _result(outcomes, TRAIN), _result(outcomes, EVALUATE)
            decided, promoted = _result(outcomes, DECIDE), _result(outcomes, PROMOTE)
            reported = _result(outcomes, REPORT)
            compared = evaluated.production if evaluated else None
            return Retraining(
                run_id=run_id,
                steps=tuple(_ended(step, outcomes[step.name]) for step in STEPS),
                decision=_decision(workspace.get_at(decided.decision)) if decided else None,
                candidate=trained.version if trained else None,
                production=compared.model_version if compared else None,
                promotion=promoted.outcome if promoted else None,
                reason=promoted.reason if promoted else "",
                served=promoted.version if promoted else None,
                report=workspace.get_at(reported.report) if reported else None,
                failure="" if reported else self._failure(run_id, began),
            )

    def _failure(self, run_id: str, since: datetime) -> str:
        entries = AuditLog(self._store).entries(since=since, newest_first=True)
        return next((entry.reason for entry in entries if (entry.run_id, entry.kind) == (run_id, "failure")), "")


def _result(outcomes: Mapping[str, Outcome[Any] | None], step: Step[ResultT]) -> ResultT | None:
    """Return the result of a step that is done."""
    outcome = outcomes[step.name]
    return cast("ResultT", outcome.result) if outcome and outcome.state == "done" else None


def _ended(step: Step[Any], outcome: Outcome[Any] | None) -> StepOutcome:
    return StepOutcome(step.name, step.title, outcome.state if outcome else None, outcome.reason if outcome else "")


def _decision(stored: bytes) -> Decision:
    try:
        return _DecisionFile.model_validate_json(stored).decision
    except ValidationError as error:
        raise RunError("The decision cannot be read.") from error
