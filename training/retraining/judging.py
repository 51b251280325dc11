"""Candidate against production and anchor: scored in this run on the same reviews, and decided once."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from sentiment.clock import utc_now
from sentiment.evaluation import measure
from training.anchor import settle_anchor
from training.audit import AuditEntry, event_id
from training.errors import EvaluationError
from training.gate import ANCHOR, CANDIDATE, PRODUCTION, Predictions, judge, score
from training.names import HEADLINES
from training.retraining.candidate import TRAIN
from training.retraining.preparing import BUILD_FRAME, INGEST, feature_errors
from training.retraining.results import Decided, Evaluated, Kept
from training.retraining.run import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sentiment.schemas.pointer import Pointer
    from training.retraining.run import Run

EVALUATE = Step("evaluate", Evaluated)
DECIDE = Step("decide", Decided)
PREDICTIONS_FILE = "predictions.parquet"
DECISION_FILE = "decision.json"


def evaluate(run: Run) -> Evaluated:
    """Score the held-out reviews of the frame with the candidate, and with production and anchor where there are any.

    Raises:
        EvaluationError: A model is missing or cannot be scored.
        TrainingError: A server does not answer.
    """
    from feature_repo.frozen import open_frozen  # noqa: PLC0415 - takes seconds

    trained, framed, ingested = run.result(TRAIN), run.result(BUILD_FRAME), run.result(INGEST)
    registry = run.registry
    export = registry.export_of(registry.tracking.version(trained.version))
    models = {CANDIDATE: (export, trained.sha256)}
    stored = registry.store.read_pointer()
    production = anchor = None
    if not ingested.first and stored.etag is not None:
        if stored.pointer is None:
            raise EvaluationError(f"The pointer to the production model cannot be read: {stored.problem}.")
        production = stored.pointer
        anchor = settle_anchor(registry.store, production)
        models[PRODUCTION] = _artifact(run, production, PRODUCTION)
        models[ANCHOR] = _artifact(run, anchor, ANCHOR)
    with feature_errors():
        held_out = [example for example in open_frozen(framed.address).examples() if example.is_held_out]
    predictions = score(held_out, models)
    return Evaluated(
        predictions=run.workspace.put(PREDICTIONS_FILE, predictions.to_parquet(), "application/vnd.apache.parquet"),
        held_out=len(predictions.labels),
        etag=stored.etag,
        production=production,
        anchor=anchor,
        metrics={name: _metrics(predictions.labels, chances) for name, chances in predictions.probabilities.items()},
    )


def decide(run: Run) -> Decided:
    """Judge the predictions, and keep the decision in S3, in the audit log and in MLflow.

    Raises:
        EvaluationError: The predictions cannot be judged.
        TrainingError: A server does not answer.
    """
    trained, evaluated = run.result(TRAIN), run.result(EVALUATE)
    predictions = Predictions.from_parquet(run.workspace.get(PREDICTIONS_FILE))
    found = judge(predictions, run.settings.training)
    made = Kept(
        at=utc_now(),
        outcome=found.outcome,
        summary=found.summary(),
        decision=found.to_dict(),
        metrics=found.metrics(),
    )
    kept = Kept.model_validate_json(run.workspace.put_once(DECISION_FILE, made.model_dump_json(indent=2).encode()))
    decision_id = event_id(run.run_id, "decision")
    production, anchor = evaluated.production, evaluated.anchor
    address = run.registry.audit.record(
        AuditEntry(
            entry_id=decision_id,
            at=kept.at,
            kind="decision",
            outcome=kept.outcome,
            reason=kept.summary,
            run_id=run.run_id,
            version=trained.version,
            previous_version=production.model_version if production else None,
            decision_id=decision_id,
            details={"anchor": anchor.model_version if anchor else None, "held_out": evaluated.held_out}
            | {"models": evaluated.metrics, **kept.decision},
        )
    )
    tracking = run.registry.tracking
    tracking.keep_text(trained.run_id, "decision.json", json.dumps(kept.decision, indent=2))
    tracking.annotate(
        trained.run_id,
        tags={"decision": kept.outcome, "decision_reason": kept.summary, "decision_id": decision_id, "audit": address},
        metrics={f"gate/{name}": value for name, value in kept.metrics.items()},
    )
    return Decided(
        outcome=kept.outcome,
        summary=kept.summary,
        decision_id=decision_id,
        decision=run.registry.store.uri(run.workspace.key(DECISION_FILE)),
        audit=address,
        at=kept.at,
    )


def _artifact(run: Run, pointer: Pointer, name: str) -> tuple[bytes, str]:
    data = run.registry.store.read_artifact(pointer)
    if data is None:
        raise EvaluationError(
            f"The {name} model, version {pointer.model_version}, cannot be scored: {pointer.artifact_uri} is missing."
        )
    return data, pointer.sha256


def _metrics(labels: Sequence[str], chances: Sequence[float]) -> dict[str, float]:
    truth = np.array([label == "positive" for label in labels])
    values = asdict(measure(truth, np.array(chances, dtype=np.float64)))
    return {name: float(values[name]) for name in HEADLINES}
