"""The steps `promote` and `materialise`: what is served after the decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.clock import utc_now
from sentiment.schemas.pointer import Change
from training.errors import PromotionConflictError, feature_errors
from training.registry.audit import AuditEntry, event_id
from training.retraining.results import Materialised, Promoted
from training.retraining.steps import BUILD_FRAME, DECIDE, EVALUATE, INGEST, TRAIN

if TYPE_CHECKING:
    from sentiment.schemas.pointer import Pointer
    from training.registry.storage import StoredPointer
    from training.retraining.results import Decided, Evaluated
    from training.retraining.run import Run


def promote(run: Run) -> Promoted:
    """Promote the candidate if the gate allows it and the pointer is still the one it was compared with.

    Raises:
        PromotionRefusedError: The candidate's artifact is missing, altered or does not load.
        TrainingError: A server does not answer; a retry does what is missing, and nothing twice.
    """
    trained, evaluated, decided = run.result(TRAIN), run.result(EVALUATE), run.result(DECIDE)
    before = evaluated.production.model_version if evaluated.production else None
    if decided.outcome == "rejected":
        return Promoted(outcome="rejected", reason=decided.summary, version=before, previous_version=None)
    registry = run.registry
    stored = registry.store.read_pointer()
    if (served := stored.pointer) and _decision_of(served) == decided.decision_id:
        registry.serve(served, replacing=stored)  # an attempt stopped after writing the pointer
    elif written := registry.audit.served_by(decided.decision_id, decided.at):
        served = written  # so did one, and another promotion or rollback followed
    elif stored.etag != evaluated.etag:
        return _conflict(run, evaluated, decided, stored)
    else:
        change = Change(kind="promotion", reason=decided.summary, decision_id=decided.decision_id, run_id=run.run_id)
        try:
            served = registry.promote(trained.version, change, replacing=stored).pointer
        except PromotionConflictError:
            return _conflict(run, evaluated, decided, registry.store.read_pointer())
    return Promoted(
        outcome="promoted",
        reason=decided.summary,
        version=served.model_version,
        previous_version=served.previous_version,
    )


def materialise(run: Run) -> Materialised:
    """Copy the newest product statistics to the online store, whichever model is served.

    Raises:
        FeatureStoreError: The feature store failed.
    """
    from feature_repo.materialise import materialise as materialise_views  # noqa: PLC0415 - takes seconds

    run.result(BUILD_FRAME)  # without new reviews there are no new statistics: the step is skipped
    until = run.result(INGEST).until
    with feature_errors():
        materialise_views(run.settings.features, until)
    return Materialised(until=until)


def _decision_of(pointer: Pointer) -> str | None:
    return pointer.change.decision_id if pointer.change and pointer.change.kind == "promotion" else None


def _conflict(run: Run, evaluated: Evaluated, decided: Decided, stored: StoredPointer) -> Promoted:
    """Record that production is no longer what the candidate was compared with."""
    compared = f"version {evaluated.production.model_version}" if evaluated.production else "no production model"
    now = f"version {stored.pointer.model_version}" if stored.pointer else "nothing that can be read"
    reason = (
        f"The candidate was compared with {compared} as it was served then; since then {now} was promoted or rolled "
        "back to, and stays. Start another run to compare with it."
    )
    run.registry.audit.record(
        AuditEntry(
            entry_id=event_id(run.run_id, "conflict"),
            at=utc_now(),
            kind="conflict",
            outcome="conflict",
            reason=reason,
            run_id=run.run_id,
            version=run.result(TRAIN).version,
            previous_version=stored.pointer.model_version if stored.pointer else None,
            decision_id=decided.decision_id,
        )
    )
    return Promoted(
        outcome="conflict",
        reason=reason,
        version=stored.pointer.model_version if stored.pointer else None,
        previous_version=None,
    )
