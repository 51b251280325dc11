"""After the decision: the candidate is served, or what stays is said; and the products' numbers go to serving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.clock import utc_now
from sentiment.schemas.pointer import Change
from training.errors import PromotionConflictError
from training.registry.audit import AuditEntry, event_id
from training.retraining.candidate import TRAIN
from training.retraining.judging import DECIDE, EVALUATE
from training.retraining.preparing import BUILD_FRAME, INGEST, feature_errors
from training.retraining.results import Materialised, Promoted
from training.retraining.run import Step

if TYPE_CHECKING:
    from sentiment.schemas.pointer import Pointer
    from training.registry.storage import StoredPointer
    from training.retraining.results import Decided, Evaluated
    from training.retraining.run import Run

PROMOTE = Step("promote", Promoted)
MATERIALISE = Step("materialise", Materialised)


def promote(run: Run) -> Promoted:
    """Serve the candidate, if the decision allows it, in the place of the very pointer that it was judged against.

    Raises:
        PromotionRefusedError: The candidate's artifact is gone, altered or does not load.
        TrainingError: A server does not answer; tried again, what is missing is done and nothing twice.
    """
    trained, evaluated, decided = run.result(TRAIN), run.result(EVALUATE), run.result(DECIDE)
    before = evaluated.production.model_version if evaluated.production else None
    if decided.outcome == "rejected":
        return Promoted(outcome="rejected", reason=decided.summary, version=before, previous_version=None)
    registry = run.registry
    stored = registry.store.read_pointer()
    if (served := stored.pointer) and _decision_of(served) == decided.decision_id:
        registry.serve(served, replacing=stored)  # an attempt was cut off after its write
    elif written := registry.audit.served_by(decided.decision_id, decided.at):
        served = written  # as was one, and something else has been promoted or rolled back to since
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
    """Write the products' newest numbers to the online store, whichever model is served.

    Raises:
        FeatureStoreError: The feature store failed.
    """
    from feature_repo.materialise import materialise as materialise_views  # noqa: PLC0415 - takes seconds

    run.result(BUILD_FRAME)  # nothing new in the window: nothing new of any product
    until = run.result(INGEST).until
    with feature_errors():
        materialise_views(run.settings.features, until)
    return Materialised(until=until)


def _decision_of(pointer: Pointer) -> str | None:
    return pointer.change.decision_id if pointer.change and pointer.change.kind == "promotion" else None


def _conflict(run: Run, evaluated: Evaluated, decided: Decided, stored: StoredPointer) -> Promoted:
    """Put on record that production is no longer what the candidate was judged against."""
    judged = f"version {evaluated.production.model_version}" if evaluated.production else "no production model"
    now = f"version {stored.pointer.model_version}" if stored.pointer else "nothing that can be read"
    reason = (
        f"The candidate was judged against {judged} as it was served then; meanwhile {now} was promoted or rolled back "
        "to, and stays. Start another run: it decides anew."
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
