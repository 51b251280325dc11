"""The registry: what is in production and how it came there, the models themselves, and the rollback.

Everything is read from the artifacts bucket; only a rollback, and models that were never served, need MLflow. Importing
it takes a second, so only what shows the registry does; MLflow, two more, is imported when it is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from pydantic import ValidationError

from frontend.clients.training_problems import problems
from frontend.decision import Decision
from frontend.registry_words import MOST_WHY
from sentiment.model.artifact import ArtifactError
from sentiment.schemas.pointer import SERVED_SOON
from training.errors import PromotionRefusedError, TrackingError
from training.registry.audit import AuditLog
from training.registry.state import check_artifact
from training.registry.storage import ArtifactStore
from training.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sentiment.model.artifact import Artifact
    from sentiment.schemas.pointer import Pointer
    from training.registry.audit import AuditEntry

MOST_EVENTS = 100
"""Each is an object of its own."""
_GATED = {"decision", "promotion"}
"""Events whose reason is the gate's decision; that of a conflict names the decision, and is another."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version that is or was served.

    Attributes:
        version: Its number.
        run_id: Its run in MLflow.
        trained_at: When.
        promoted_at: Since when it was served, the last time.
        previous: The version served before; None for the first.
        reason: Why it was promoted, or rolled back to.
        decision: The gate's decision that is the reason; None if it is another one.
        metrics: On the held-out reviews, by name.
        window: First and last time of the reviews that it was trained on, where they have times.
        replayed: Whether those times are those of the sample, shifted to look recent.
        feature_service: What made its training frame; None if it was trained on files.
        data_sha256: Checksum of the training data; None in old versions.
        artifact_sha256: Checksum of the model.
    """

    version: str
    run_id: str
    trained_at: datetime
    promoted_at: datetime
    previous: str | None
    reason: str
    decision: Decision | None
    metrics: Mapping[str, float]
    window: tuple[datetime | None, datetime | None]
    replayed: bool
    feature_service: str | None
    data_sha256: str | None
    artifact_sha256: str


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of the audit log, such as a promotion, a rejected candidate or a rollback.

    Attributes:
        at: When.
        kind: Of the entry.
        outcome: Of a decision, or of what was done.
        version: That it is about; None if it is about none.
        reason: Why.
        decision: The gate's decision that is the reason; None if it is another one.
    """

    at: datetime
    kind: str
    outcome: str
    version: str | None
    reason: str
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """What the registry knows.

    Attributes:
        production: The version that is served; None if there is none.
        decision: The gate's decision on it; None if it was promoted without.
        compared_with: The version that the decision compared it with; None for a first model.
        served: Versions that are or were served, newest promotion first, each once.
        rejected: Versions that were candidates and never served, newest first.
        events: The newest events, newest first.
    """

    production: Version | None
    decision: Decision | None
    compared_with: str | None
    served: Sequence[str]
    rejected: Sequence[str]
    events: Sequence[Event]


class Registry:
    """The registry of one deployment, by the settings of training. Its methods may be called by several threads.

    Every method raises ProblemError if a server does not answer, or what it has is damaged.
    """

    def __init__(self) -> None:
        with problems():
            self._settings = load_settings()
            self._store = ArtifactStore(self._settings.artifacts_bucket, region=self._settings.aws_region)

    def overview(self) -> Overview:
        """Return what is in production, and how it came there."""
        with problems():
            stored = self._store.read_pointer()
            if stored.problem:
                raise PromotionRefusedError(f"The pointer to the production model is damaged: {stored.problem}.")
            entries = list(islice(AuditLog(self._store).entries(newest_first=True), MOST_EVENTS))
        pointer = stored.pointer
        served = [pointer.model_version] if pointer else []
        served += [entry.pointer.model_version for entry in entries if entry.pointer]
        candidates = [entry.version for entry in entries if entry.kind == "decision" and entry.version]
        decided = next((one for one in entries if pointer and _decides(one, pointer.model_version)), None)
        decisions = {entry.entry_id: _decision(entry) for entry in entries if entry.kind == "decision"}
        return Overview(
            production=_version(pointer, decisions) if pointer else None,
            decision=decisions[decided.entry_id] if decided else None,
            compared_with=decided.previous_version if decided else None,
            served=list(dict.fromkeys(served)),
            rejected=[version for version in dict.fromkeys(candidates) if version not in served],
            events=[_event(entry, decisions) for entry in entries],
        )

    def artifact(self, version: str) -> Artifact:
        """Return a version's model."""
        with problems():
            stored = self._store.read_pointer().pointer
            found = stored if stored and stored.model_version == version else AuditLog(self._store).served_as(version)
            if found is None:
                return self._artifact_in_mlflow(version)
            try:
                return check_artifact(self._store.read_artifact(found) or b"", found.sha256)
            except ArtifactError as error:
                raise PromotionRefusedError(f"The model of version {version} is missing or damaged.") from error

    def roll_back(self, *, leaving: str, to: str, why: str) -> str:
        """Serve a version again, as `make rollback` does, and return in a sentence what was done.

        Asking twice changes nothing more.

        Args:
            leaving: The version that is served; if another one is by now, it stays.
            to: The version to serve.
            why: What the person says of it, for the audit log; may be empty.
        """
        from training.registry.rollback import rollback  # noqa: PLC0415 - imports MLflow

        reason = " ".join(why.split())[:MOST_WHY].rstrip(".")
        how = f"from the web page: {reason}" if reason else "from the web page"
        with problems():
            try:
                return rollback(self._settings, to, leaving=leaving, how=how)
            except TrackingError:
                served = self._store.read_pointer().pointer
                if served is None or served.model_version != to:
                    raise
                return f"Rolled back to version {to}: {SERVED_SOON}. MLflow does not answer; its alias follows later."

    def _artifact_in_mlflow(self, version: str) -> Artifact:
        from training.registry.names import TAG_SHA256  # noqa: PLC0415 - see below
        from training.registry.registry import open_registry  # noqa: PLC0415 - imports MLflow

        registry = open_registry(self._settings)
        found = registry.tracking.version(version)
        return check_artifact(registry.export_of(found), found.tags[TAG_SHA256])


def _decides(entry: AuditEntry, version: str) -> bool:
    return (entry.kind, entry.version) == ("decision", version)


def _decision(entry: AuditEntry) -> Decision | None:
    """Return the decision of an entry; None for one that an older version of the project wrote otherwise."""
    try:
        return Decision.model_validate({"outcome": entry.outcome, **entry.details})
    except ValidationError:
        return None


def _version(pointer: Pointer, decisions: Mapping[str, Decision | None]) -> Version:
    window, change = pointer.data_window, pointer.change
    return Version(
        version=pointer.model_version,
        run_id=pointer.run_id,
        trained_at=pointer.trained_at,
        promoted_at=pointer.promoted_at,
        previous=pointer.previous_version,
        reason=change.reason if change else "Not recorded.",
        decision=decisions.get(change.decision_id or "") if change else None,
        metrics=pointer.metrics,
        window=(window.start, window.end),
        replayed=window.replayed,
        feature_service=pointer.feature_service,
        data_sha256=pointer.data_sha256,
        artifact_sha256=pointer.sha256,
    )


def _event(entry: AuditEntry, decisions: Mapping[str, Decision | None]) -> Event:
    return Event(
        at=entry.at,
        kind=entry.kind,
        outcome=entry.outcome,
        version=entry.version,
        reason=entry.reason,
        decision=decisions.get(entry.decision_id or "") if entry.kind in _GATED else None,
    )
