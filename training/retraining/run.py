"""One retraining run: its settings, its steps' results, and running a step once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import feature_repo.settings
from feature_repo.errors import FeatureError
from sentiment.clock import utc_now
from training.errors import RunError, SettingsError, TrainingError
from training.registry.audit import AuditEntry, Kind, event_id
from training.registry.registry import open_registry
from training.retraining.steps import LAST
from training.retraining.workspace import Outcome, Workspace

if TYPE_CHECKING:
    from training.registry.registry import Registry
    from training.retraining.steps import ResultT, Step
    from training.retraining.workspace import Result, State
    from training.settings import Settings


@dataclass(frozen=True, slots=True)
class RetrainingSettings:
    """The settings of training and of the feature store."""

    training: Settings
    features: feature_repo.settings.Settings


def with_features(training: Settings) -> RetrainingSettings:
    """Read the settings of the feature store and return them with those of training.

    Raises:
        SettingsError: One line naming every missing or invalid variable.
    """
    try:
        return RetrainingSettings(training, feature_repo.settings.load_settings())
    except FeatureError as error:
        raise SettingsError(str(error)) from error


class EndedError(Exception):
    """The run ends at this step, or ended before it. This is not a failure.

    Args:
        state: How the step ended.
        reason: Why, for people.
        result: What the step found all the same.
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
        """Return the result of an earlier step.

        Raises:
            EndedError: The run ended there or before.
            RunError: The step has not run yet.
        """
        outcome = self.workspace.read(step)
        if outcome is None:
            raise RunError(f"Run {self.run_id} has no outcome of {step.name} yet: run that step first.")
        if outcome.state != "done":
            raise EndedError("skipped", outcome.reason)
        if outcome.result is None:
            raise RunError(f"{self.workspace.address(step)} is done but has no result. Start another run.")
        return outcome.result

    def do(self, step: Step[ResultT], **options: bool) -> Outcome[ResultT]:
        """Run a step unless it has an outcome already; return the outcome.

        Raises:
            TrainingError: What went wrong; the audit log has it too. Production was not changed unless the message
                says so, and the step can be tried again.
        """
        if found := self.workspace.read(step):
            return found
        try:
            outcome = self._outcome(step, "done", "", step.load_function()(self, **options))
        except EndedError as ended:
            result = ended.result if isinstance(ended.result, step.load_result()) else None
            if ended.state != "skipped":  # the step that ends the run, not those after it
                self._record("ended", ended.state, f"{ended}")
            outcome = self._outcome(step, ended.state, str(ended), result)
        except Exception as error:
            self._record_failure(step.name, error)
            raise
        written = self.workspace.write(step, outcome)
        if outcome.state == "done" and step in LAST and all(self.workspace.read(one) for one in LAST):
            self._record("ended", "done", "Every step is done.")  # else a failure before a retry would be the end
        return written

    def _outcome(self, step: Step[ResultT], state: State, reason: str, result: ResultT | None) -> Outcome[ResultT]:
        return Outcome(run_id=self.run_id, step=step.name, at=utc_now(), state=state, reason=reason, result=result)

    def _record_failure(self, step: str, error: Exception) -> None:
        reason = f"The step {step} failed: {error}" if str(error) else f"The step {step} failed: {error!r}"
        try:
            self._record("failure", "failed", reason)
        except TrainingError as unrecorded:  # S3 may be what failed: the first error says more
            error.add_note(f"The audit log could not be written either: {unrecorded}")

    def _record(self, kind: Kind, outcome: str, reason: str) -> None:
        at = utc_now()
        entry_id = event_id(self.run_id, kind, at.isoformat())
        self.registry.audit.record(
            AuditEntry(entry_id=entry_id, at=at, kind=kind, outcome=outcome, reason=reason, run_id=self.run_id)
        )
