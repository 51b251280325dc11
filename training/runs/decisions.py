"""The models that a candidate is compared with, and the decision as the audit log and MLflow keep it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from training.errors import RUN_ENSURE, EvaluationError
from training.registry.anchor import settle_anchor
from training.registry.audit import AuditEntry
from training.registry.names import TAG_SHA256
from training.runs.scoring import ANCHOR, CANDIDATE, PRODUCTION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sentiment.evaluation.decision import Decision
    from sentiment.schemas.pointer import Pointer
    from training.registry.registry import Registry
    from training.registry.storage import StoredPointer


@dataclass(frozen=True, slots=True)
class Comparison:
    """The models to compare.

    Attributes:
        stored: The pointer as it was then; a promotion replaces this one only.
        production: The version in production; None if there is none.
        anchor: The first production version; None if there is none.
        models: Serving export and its checksum, by the model's name.
    """

    stored: StoredPointer
    production: Pointer | None
    anchor: Pointer | None
    models: Mapping[str, tuple[bytes, str]]


class StoredDecision(BaseModel):
    """A decision as it was first made; a retry reads it back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime
    outcome: Literal["improves", "maintains", "rejected"]
    summary: str
    decision: dict[str, Any] = Field(description="Every rule with its number.")
    metrics: dict[str, float]

    @classmethod
    def of(cls, decision: Decision, at: datetime) -> StoredDecision:
        """Return a decision with its time."""
        return cls(
            at=at,
            outcome=decision.outcome,
            summary=decision.summary(),
            decision=decision.to_dict(),
            metrics=decision.metrics(),
        )


def load_comparison(registry: Registry, version: str, *, first: bool = False) -> Comparison:
    """Load the candidate, and production and anchor if there are any; with `first`, no production can be served.

    Raises:
        EvaluationError: Production or anchor is missing.
        PromotionRefusedError: The candidate is missing or does not load.
        TrainingError: A server does not answer.
    """
    found = registry.tracking.version(version)
    models = {CANDIDATE: (registry.export_of(found), found.tags[TAG_SHA256])}
    stored = registry.store.read_pointer()
    if first or stored.etag is None:
        return Comparison(stored, None, None, models)
    if stored.pointer is None:
        raise EvaluationError(f"The pointer to the production model cannot be read ({stored.problem}). {RUN_ENSURE}")
    anchor = settle_anchor(registry.store, stored.pointer)
    models[PRODUCTION] = _artifact(registry, stored.pointer, PRODUCTION)
    models[ANCHOR] = _artifact(registry, anchor, ANCHOR)
    return Comparison(stored, stored.pointer, anchor, models)


def record_decision(
    registry: Registry,
    decision: StoredDecision,
    *,
    decision_id: str,
    version: str,
    production: Pointer | None,
    anchor: Pointer | None,
    metrics: Mapping[str, Mapping[str, float]],
    run_id: str | None = None,
) -> str:
    """Record a decision in the audit log and in the candidate's run, and return the entry's address.

    `metrics` are by model and metric. Recording the same decision again changes nothing.

    Raises:
        TrainingError: A server does not answer.
    """
    address = registry.audit.record(
        AuditEntry(
            entry_id=decision_id,
            at=decision.at,
            kind="decision",
            outcome=decision.outcome,
            reason=decision.summary,
            run_id=run_id,
            version=version,
            previous_version=production.model_version if production else None,
            decision_id=decision_id,
            details={"anchor": anchor.model_version if anchor else None, "models": metrics, **decision.decision},
        )
    )
    tracked = registry.tracking.version(version).run_id
    registry.tracking.log_text(tracked, "decision.json", json.dumps(decision.decision, indent=2))
    registry.tracking.annotate(
        tracked,
        tags={
            "decision": decision.outcome,
            "decision_reason": decision.summary,
            "decision_id": decision_id,
            "audit": address,
        },
        metrics={f"gate/{name}": value for name, value in decision.metrics.items()},
    )
    return address


def _artifact(registry: Registry, pointer: Pointer, name: str) -> tuple[bytes, str]:
    data = registry.store.read_artifact(pointer)
    if data is None:
        raise EvaluationError(
            f"The {name} model, version {pointer.model_version}, cannot be scored: {pointer.artifact_uri} is missing. "
            f"{RUN_ENSURE}"
        )
    return data, pointer.sha256
