"""One step of one retraining run: reads what stands, does the work once, keeps the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from sentiment.clock import utc_now
from training.errors import RunError, TrainingError
from training.registry.audit import AuditEntry, event_id
from training.registry.registry import open_registry
from training.retraining.workspace import Outcome, Result, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.registry.registry import Registry
    from training.retraining.settings import RetrainingSettings
    from training.retraining.workspace import State

ResultT = TypeVar("ResultT", bound=Result)


class Step(NamedTuple, Generic[ResultT]):
    """A step's name and what it hands on."""

    name: str
    result: type[ResultT]


class EndedError(Exception):
    """The run ends at this step, or has ended before: no failure.

    Args:
        state: How.
        reason: Why, for people.
        result: What the step found nevertheless.
    """

    def __init__(self, state: State, reason: str, result: Result | None = None) -> None:
        super().__init__(reason)
        self.state = state
        self.result = result


class Run:
    """A retraining run, as its steps see it."""

    def __init__(self, settings: RetrainingSettings, run_id: str) -> None:
        self.settings = settings
        self.run_id = run_id
        self.registry: Registry = open_registry(settings.training)
        self.workspace = Workspace(self.registry.store, run_id)

    def result(self, step: Step[ResultT]) -> ResultT:
        """Return what an earlier step found or made.

        Raises:
            EndedError: The run ended there or before.
            RunError: The step was not run yet.
        """
        outcome = self.workspace.read(step.name, step.result)
        if outcome is None:
            raise RunError(f"The step {step.name} of run {self.run_id} comes first: it has no outcome yet.")
        if outcome.state != "done":
            raise EndedError("skipped", outcome.reason)
        if outcome.result is None:
            raise RunError(f"{self.workspace.address(step.name)} is done and has no result. Start another run.")
        return outcome.result

    def do(self, step: Step[ResultT], work: Callable[[Run], ResultT]) -> str:
        """Do a step's work unless its outcome stands already, and return the outcome's address.

        Raises:
            TrainingError: What went wrong, which the audit log has too: nothing that is served was changed by it, or
                it says so. The step may be tried again.
        """
        if self.workspace.read(step.name, step.result) is None:
            try:
                outcome = self._ended(step, "done", "", work(self))
            except EndedError as ended:
                found = ended.result if isinstance(ended.result, step.result) else None
                outcome = self._ended(step, ended.state, str(ended), found)
            except Exception as error:
                self._record_failure(step.name, error)
                raise
            self.workspace.write(outcome, step.result)
        return self.workspace.address(step.name)

    def _ended(self, step: Step[ResultT], state: State, reason: str, result: ResultT | None) -> Outcome[ResultT]:
        return Outcome[ResultT](
            run_id=self.run_id, step=step.name, at=utc_now(), state=state, reason=reason, result=result
        )

    def _record_failure(self, step: str, error: Exception) -> None:
        at = utc_now()
        entry = AuditEntry(
            entry_id=event_id(self.run_id, step, at.isoformat()),
            at=at,
            kind="failure",
            outcome="failed",
            reason=f"The step {step} failed: {error}" if str(error) else f"The step {step} failed: {error!r}",
            run_id=self.run_id,
        )
        try:
            self.registry.audit.record(entry)
        except TrainingError as unrecorded:  # S3 may be what failed: the first error tells more
            error.add_note(f"The audit log could not be written either: {unrecorded}")
