"""A candidate against what is served: the models to score, and the decision kept in the audit log and in MLflow."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from training.errors import EvaluationError
from training.registry.anchor import settle_anchor
from training.registry.audit import AuditEntry
from training.runs.scoring import ANCHOR, CANDIDATE, PRODUCTION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sentiment.evaluation.decision import Decision
    from sentiment.schemas.pointer import Pointer
    from training.registry.registry import Registry
    from training.registry.storage import StoredPointer


@dataclass(frozen=True, slots=True)
class Contest:
    """Who is judged against whom.

    Attributes:
        stored: The pointer as it was then: a promotion asks for the very same.
        production: What is served; None where nothing is.
        anchor: The first production model; None where there is none.
        models: Serving export and its checksum, by the model's name.
    """

    stored: StoredPointer
    production: Pointer | None
    anchor: Pointer | None
    models: Mapping[str, tuple[bytes, str]]


class KeptDecision(BaseModel):
    """A decision as it was made first, whoever reads it later."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime
    outcome: Literal["improves", "maintains", "rejected"]
    summary: str
    decision: dict[str, Any] = Field(description="Every rule with its number.")
    metrics: dict[str, float]

    @classmethod
    def of(cls, decision: Decision, at: datetime) -> KeptDecision:
        """Return a decision with its time."""
        return cls(
            at=at,
            outcome=decision.outcome,
            summary=decision.summary(),
            decision=decision.to_dict(),
            metrics=decision.metrics(),
        )


def contest(registry: Registry, version: str, *, first: bool = False) -> Contest:
    """Return the candidate, and production and anchor if there are any.

    Args:
        registry: Where they are.
        version: Of the candidate.
        first: What is published cannot be served: there is nothing to compare with.

    Raises:
        EvaluationError: A model that is needed is gone.
        PromotionRefusedError: The candidate is gone or does not load.
        TrainingError: A server does not answer.
    """
    found = registry.tracking.version(version)
    models = {CANDIDATE: (registry.export_of(found), registry.checksum_of(found))}
    stored = registry.store.read_pointer()
    if first or stored.etag is None:
        return Contest(stored, None, None, models)
    if stored.pointer is None:
        raise EvaluationError(
            f"The pointer to the production model cannot be read ({stored.problem}): `ensure` mends it."
        )
    anchor = settle_anchor(registry.store, stored.pointer)
    models[PRODUCTION] = _artifact(registry, stored.pointer, PRODUCTION)
    models[ANCHOR] = _artifact(registry, anchor, ANCHOR)
    return Contest(stored, stored.pointer, anchor, models)


def record_decision(
    registry: Registry,
    kept: KeptDecision,
    *,
    decision_id: str,
    version: str,
    production: Pointer | None,
    anchor: Pointer | None,
    metrics: Mapping[str, Mapping[str, float]],
    run_id: str | None = None,
) -> str:
    """Keep a decision in the audit log and in the candidate's run, however often, and return the entry's address.

    Args:
        registry: Where both are.
        kept: The decision.
        decision_id: Of the decision.
        version: Of the candidate.
        production: What it was judged against.
        anchor: The anchor then.
        metrics: By model and name.
        run_id: Of the retraining.

    Raises:
        TrainingError: A server does not answer.
    """
    address = registry.audit.record(
        AuditEntry(
            entry_id=decision_id,
            at=kept.at,
            kind="decision",
            outcome=kept.outcome,
            reason=kept.summary,
            run_id=run_id,
            version=version,
            previous_version=production.model_version if production else None,
            decision_id=decision_id,
            details={"anchor": anchor.model_version if anchor else None, "models": metrics, **kept.decision},
        )
    )
    tracked = registry.tracking.version(version).run_id
    registry.tracking.keep_text(tracked, "decision.json", json.dumps(kept.decision, indent=2))
    registry.tracking.annotate(
        tracked,
        tags={"decision": kept.outcome, "decision_reason": kept.summary, "decision_id": decision_id, "audit": address},
        metrics={f"gate/{name}": value for name, value in kept.metrics.items()},
    )
    return address


def _artifact(registry: Registry, pointer: Pointer, name: str) -> tuple[bytes, str]:
    data = registry.store.read_artifact(pointer)
    if data is None:
        raise EvaluationError(
            f"The {name} model, version {pointer.model_version}, cannot be scored: {pointer.artifact_uri} is missing. "
            "`python -m training ensure` mends it."
        )
    return data, pointer.sha256
