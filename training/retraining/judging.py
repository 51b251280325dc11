"""Candidate against production and anchor: scored in this run on the same reviews, and decided once."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from sentiment.clock import utc_now
from training.registry.audit import event_id
from training.retraining.candidate import TRAIN
from training.retraining.preparing import BUILD_FRAME, INGEST, feature_errors
from training.retraining.results import Decided, Evaluated
from training.retraining.run import Step
from training.runs.decisions import KeptDecision, contest, record_decision
from training.runs.scoring import Predictions, headlines, judge, score

if TYPE_CHECKING:
    from training.retraining.run import Run

EVALUATE = Step("evaluate", Evaluated)
DECIDE = Step("decide", Decided)
DECISION_FILE = "decision.json"


def evaluate(run: Run) -> Evaluated:
    """Score the held-out reviews of the frame with the candidate, and with production and anchor where there are any.

    Raises:
        EvaluationError: A model is missing or cannot be scored.
        TrainingError: A server does not answer.
    """
    from feature_repo.frame.frozen import open_frozen  # noqa: PLC0415 - takes seconds

    trained, framed, ingested = run.result(TRAIN), run.result(BUILD_FRAME), run.result(INGEST)
    rivals = contest(run.registry, trained.version, first=ingested.first)
    with feature_errors():
        held_out = [example for example in open_frozen(framed.address).examples() if example.is_held_out]
    predictions = score(held_out, rivals.models)
    table = predictions.to_parquet()
    # Each under its own name: an attempt that is taken for dead and is not may write its own after this one's outcome.
    name = f"predictions-{sha256(table).hexdigest()[:16]}.parquet"
    return Evaluated(
        predictions=run.workspace.put(name, table, "application/vnd.apache.parquet"),
        held_out=len(predictions.labels),
        etag=rivals.stored.etag,
        production=rivals.production,
        anchor=rivals.anchor,
        metrics=headlines(predictions),
    )


def predictions_of(run: Run) -> Predictions:
    """Return what each model said in the evaluation.

    Raises:
        EvaluationError: They are damaged.
        RunError: They are gone.
    """
    return Predictions.from_parquet(run.workspace.get(run.result(EVALUATE).predictions.rpartition("/")[2]))


def decide(run: Run) -> Decided:
    """Judge the predictions, and keep the decision in S3, in the audit log and in MLflow.

    Raises:
        EvaluationError: The predictions cannot be judged.
        TrainingError: A server does not answer.
    """
    trained, evaluated = run.result(TRAIN), run.result(EVALUATE)
    made = KeptDecision.of(judge(predictions_of(run), run.settings.training), utc_now())
    kept = KeptDecision.model_validate_json(
        run.workspace.put_once(DECISION_FILE, made.model_dump_json(indent=2).encode())
    )
    decision_id = event_id(run.run_id, "decision")
    address = record_decision(
        run.registry,
        kept,
        decision_id=decision_id,
        version=trained.version,
        production=evaluated.production,
        anchor=evaluated.anchor,
        metrics=evaluated.metrics,
        run_id=run.run_id,
    )
    return Decided(
        outcome=kept.outcome,
        summary=kept.summary,
        decision_id=decision_id,
        decision=run.registry.store.uri(run.workspace.key(DECISION_FILE)),
        audit=address,
        at=kept.at,
    )
