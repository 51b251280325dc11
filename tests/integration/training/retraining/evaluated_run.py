"""A run that is ready for its decision, without the minutes that frames and training take."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from sentiment.clock import utc_now
from tests.integration.training.versions import tiny_artifact
from training.registry.anchor import settle_anchor
from training.retraining.results import Cloned, Evaluated, Framed, Ingested, Trained
from training.retraining.run import Run
from training.retraining.steps import BUILD_FRAME, CLONE_HYPERPARAMETERS, EVALUATE, INGEST, TRAIN
from training.runs.examination import Examination
from training.runs.scoring import ANCHOR, CANDIDATE, PRODUCTION, Predictions, headlines

if TYPE_CHECKING:
    from sentiment.reviews.review import Label
    from tests.integration.training.versions import MakeVersion
    from training.retraining.run import RetrainingSettings
    from training.retraining.steps import ResultT, Step

REVIEWS = 1000
LABELS: list[Label] = ["positive" if row % 2 else "negative" for row in range(REVIEWS)]


@dataclass(frozen=True, slots=True)
class EvaluatedRun:
    """A run whose next step is `decide`: production is version 1, the candidate version 2."""

    settings: RetrainingSettings
    run_id: str
    production: str
    candidate: str


def evaluated_run(
    settings: RetrainingSettings,
    make_version: MakeVersion,
    run_id: str,
    *,
    candidate_wrong: int = 100,
    production_wrong: int = 120,
) -> EvaluatedRun:
    """Promote a production model, register a candidate, and write the outcomes up to `evaluate`.

    Args:
        settings: Where everything is.
        make_version: Registers versions.
        run_id: Of the run.
        candidate_wrong: How many of 1,000 held-out reviews the candidate gets wrong.
        production_wrong: The same for production, which is the anchor too.
    """
    run = Run(settings, run_id)
    stored = run.registry.store.read_pointer()
    if stored.pointer is None:
        run.registry.promote(make_version("great"))
        stored = run.registry.store.read_pointer()
    assert stored.pointer is not None
    candidate = make_version(f"fine for {run_id}")
    found = run.registry.tracking.version(candidate)
    predictions = Predictions(
        review_ids=[f"review-{row}" for row in range(REVIEWS)],
        labels=LABELS,
        sources=["shop/Garden"] * REVIEWS,
        products=[None] * REVIEWS,
        probabilities={
            CANDIDATE: _probabilities(candidate_wrong),
            PRODUCTION: _probabilities(production_wrong),
            ANCHOR: _probabilities(production_wrong),
        },
        newer=[False] * REVIEWS,
    )
    keep(run, INGEST, Ingested(until=utc_now(), force=False, first=False, counts={}))
    keep(run, CLONE_HYPERPARAMETERS, Cloned(hyperparameters={}, version=stored.pointer.model_version))
    framed = Framed(
        address="s3://lake/datasets/x/",
        sha256="0" * 64,
        rows=REVIEWS,
        held_out=REVIEWS,
        feature_service="sentiment_training_v1",
        labels={},
    )
    keep(run, BUILD_FRAME, framed)
    checksum = sha256(tiny_artifact(f"fine for {run_id}")).hexdigest()
    keep(run, TRAIN, Trained(version=candidate, run_id=found.run_id, sha256=checksum))
    evaluated = Evaluated(
        predictions=run.workspace.put("predictions.parquet", predictions.to_parquet(), "application/octet-stream"),
        examined=run.workspace.put(
            "examined.json",
            Examination(failed={CANDIDATE: [], PRODUCTION: []}).model_dump_json().encode(),
            "application/json",
        ),
        held_out=REVIEWS,
        etag=stored.etag,
        production=stored.pointer,
        anchor=settle_anchor(run.registry.store, stored.pointer),
        metrics=headlines(predictions),
    )
    keep(run, EVALUATE, evaluated)
    return EvaluatedRun(settings, run_id, stored.pointer.model_version, candidate)


def keep(run: Run, step: Step[ResultT], result: ResultT) -> None:
    run.workspace.write(step, run._outcome(step, "done", "", result))


def _probabilities(wrong: int) -> list[float]:
    """Return probabilities that get the first reviews wrong, as many of either label."""
    return [0.9 if (label == "positive") != (row < wrong) else 0.1 for row, label in enumerate(LABELS)]
