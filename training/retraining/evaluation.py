"""The steps `evaluate` and `decide`: candidate, production and anchor on the same reviews, and the gate's decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.clock import utc_now
from training.errors import feature_errors
from training.registry.audit import event_id
from training.retraining.candidate import TrainingExamples
from training.retraining.preparation import raters_of
from training.retraining.results import Decided, Evaluated
from training.retraining.steps import BUILD_FRAME, EVALUATE, INGEST, TRAIN
from training.runs.decisions import StoredDecision, load_comparison, record_decision
from training.runs.examination import Examination, examine
from training.runs.scoring import Predictions, apply_gate, headlines, score

if TYPE_CHECKING:
    from training.retraining.run import Run

DECISION_FILE = "decision.json"


def evaluate(run: Run) -> Evaluated:
    """Score the frame's held-out reviews with the candidate, and with production and anchor if there are any.

    Candidate and production are also examined: how they behave, and what moved on whose evidence.

    Raises:
        EvaluationError: A model is missing or cannot be scored.
        TrainingError: A server does not answer.
    """
    from feature_repo.frame.frozen import open_frozen  # noqa: PLC0415 - takes seconds

    trained, frame, ingested = run.result(TRAIN), run.result(BUILD_FRAME), run.result(INGEST)
    compared = load_comparison(run.registry, trained.version, first=ingested.first)
    with feature_errors():
        examples = open_frozen(frame.address).examples()
        held_out = [example for example in examples if example.held_out]
        training = TrainingExamples(examples, run.settings.training.feedback_share)
        examined = examine(compared.models, training, held_out, raters_of(run)).model_dump_json(indent=2).encode()
    predictions = score(held_out, compared.models)
    return Evaluated(
        predictions=run.workspace.put_by_content(
            "predictions.parquet", predictions.to_parquet(), "application/vnd.apache.parquet"
        ),
        examined=run.workspace.put_by_content("examined.json", examined, "application/json"),
        held_out=len(predictions.labels),
        etag=compared.stored.etag,
        production=compared.production,
        anchor=compared.anchor,
        metrics=headlines(predictions),
    )


def predictions_of(run: Run) -> Predictions:
    """Return what each model predicted in `evaluate`.

    Raises:
        EvaluationError: The file is damaged.
        RunError: The file is missing.
    """
    return Predictions.from_parquet(run.workspace.get_at(run.result(EVALUATE).predictions))


def examination_of(run: Run) -> Examination:
    """Return what `evaluate` found out about the models.

    Raises:
        EvaluationError: The file is damaged.
        RunError: The file is missing.
    """
    return Examination.from_json(run.workspace.get_at(run.result(EVALUATE).examined))


def decide(run: Run) -> Decided:
    """Apply the gate to the predictions, and record the decision in S3, the audit log and MLflow.

    Raises:
        EvaluationError: The gate cannot be applied to the predictions.
        TrainingError: A server does not answer.
    """
    trained, evaluated = run.result(TRAIN), run.result(EVALUATE)
    decision = apply_gate(predictions_of(run), run.settings.training, examination_of(run).rules())
    made = StoredDecision.of(decision, utc_now())
    stored = StoredDecision.model_validate_json(
        run.workspace.put_once(DECISION_FILE, made.model_dump_json(indent=2).encode())
    )
    decision_id = event_id(run.run_id, "decision")
    address = record_decision(
        run.registry,
        stored,
        decision_id=decision_id,
        version=trained.version,
        production=evaluated.production,
        anchor=evaluated.anchor,
        metrics=evaluated.metrics,
        run_id=run.run_id,
    )
    return Decided(
        outcome=stored.outcome,
        summary=stored.summary,
        decision_id=decision_id,
        decision=run.registry.store.uri(run.workspace.key(DECISION_FILE)),
        audit=address,
        at=stored.at,
    )
