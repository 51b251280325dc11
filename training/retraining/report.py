"""The step `report`: one page on what changed between candidate and production, in S3 and in the candidate's run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from training.errors import feature_errors
from training.retraining.changes import charts
from training.retraining.changes.contents import category_of, flips_of, slices_of
from training.retraining.changes.page import Page, render
from training.retraining.evaluation import DECISION_FILE, examination_of, predictions_of
from training.retraining.results import Reported
from training.retraining.steps import BUILD_FRAME, DECIDE, EVALUATE, INGEST, PROMOTE, TRAIN
from training.runs.decisions import StoredDecision
from training.runs.scoring import ANCHOR, CANDIDATE, PRODUCTION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feature_repo.frame.frozen import FrozenDataset
    from sentiment.evaluation.moved_words import MovedWord
    from training.retraining.changes.charts import Chart, Interval
    from training.retraining.changes.contents import Slice
    from training.retraining.run import Run

REPORT_FILE = "report.html"


def report(run: Run) -> Reported:
    """Write the page to S3 and to the candidate's run.

    Raises:
        FeatureStoreError: The frozen frame cannot be read.
        EvaluationError: What was found out about the models is damaged.
        TrainingError: A server does not answer.
    """
    from feature_repo.frame.frozen import open_frozen  # noqa: PLC0415 - takes seconds

    trained = run.result(TRAIN)
    with feature_errors():
        frozen = open_frozen(run.result(BUILD_FRAME).address)
        texts = {
            example.review.review_id: example.review.full_text for example in frozen.examples() if example.held_out
        }
    page = render(_page(run, frozen, texts))
    address = run.workspace.put(REPORT_FILE, page.encode(), "text/html; charset=utf-8")
    run.registry.tracking.log_text(trained.run_id, REPORT_FILE, page)
    return Reported(report=address)


def _page(run: Run, frozen: FrozenDataset, texts: dict[str, str]) -> Page:
    trained, evaluated = run.result(TRAIN), run.result(EVALUATE)
    decided, promoted = run.result(DECIDE), run.result(PROMOTE)
    decision = StoredDecision.model_validate_json(run.workspace.get(DECISION_FILE)).decision
    found = predictions_of(run)
    positive = np.array([label == "positive" for label in found.labels])
    probabilities = {name: np.array(values) for name, values in found.probabilities.items()}
    before, after = probabilities.get(PRODUCTION), probabilities[CANDIDATE]
    sources = slices_of(found.sources, positive, after, before)
    known = np.array([product is not None for product in found.products], dtype=bool)
    moves = examination_of(run).evidence.words
    drawn = _charts(_intervals(decision), sources if evaluated.production else [], moves)
    return Page(
        run_id=run.run_id,
        made_at=decided.at,
        outcome=decided.outcome,
        ending=promoted.reason,
        candidate=trained.version,
        production=evaluated.production.model_version if evaluated.production else None,
        anchor=evaluated.anchor.model_version if evaluated.anchor else None,
        metrics={name: evaluated.metrics[name] for name in (CANDIDATE, PRODUCTION, ANCHOR) if name in probabilities},
        rules=decision["rules"],
        held_out=evaluated.held_out,
        margin=decision["margin"],
        detectable=max((one["detectable"] for one in decision["against_production"]), default=None),
        data=_data(run, frozen),
        sources=sources,
        categories=slices_of([category_of(source) for source in found.sources], positive, after, before),
        products=slices_of(
            [product for product in found.products if product is not None],
            positive[known],
            after[known],
            None if before is None else before[known],
        ),
        newer=decision["fresh"],
        on_newer=decision["on_fresh"],
        words=moves,
        flips=flips_of(found, after.tolist(), before.tolist(), texts) if before is not None else None,
        charts=drawn,
    )


def _intervals(decision: dict[str, Any]) -> list[Interval]:
    """Return the differences that the gate looked at, each with its limit."""
    margin = decision["margin"]
    if margin is None:
        return []
    return [
        charts.Interval(
            f"{one['metric'].replace('_', '-').replace('f1', 'F1')}, {other}",
            one["lower"],
            one["difference"],
            one["upper"],
            limit,
        )
        for other, limit in ((PRODUCTION, -margin), (ANCHOR, -2 * margin))
        for one in decision[f"against_{other}"]
    ]


def _charts(intervals: Sequence[Interval], sources: Sequence[Slice], moves: Sequence[MovedWord]) -> dict[str, Chart]:
    drawn = {}
    if intervals:
        drawn["differences"] = charts.differences(intervals)
    if sources:
        drawn["slices"] = charts.slices(sources)
    if moves:
        drawn["words"] = charts.words(moves)
    return drawn


def _data(run: Run, frozen: FrozenDataset) -> dict[str, str]:
    labels, ingested = frozen.labels, run.result(INGEST)
    replayed = " (replayed for the demonstration: not the reviews' own times)" if frozen.replayed else ""
    facts = {
        "Window": f"{frozen.window_start:%Y-%m-%d %H:%M} to {frozen.window_end:%Y-%m-%d %H:%M} UTC{replayed}",
        "Frame": f"{frozen.rows:,} reviews, sha256 {frozen.sha256}",
        "Feature service": frozen.feature_service,
        "Sources": ", ".join(f"{name} {count:,}" for name, count in frozen.sources.items()),
    }
    for part, name in (
        ("training", "Training reviews"),
        ("held_out", "Held-out reviews, never trained on by any version"),
    ):
        facts[name] = ", ".join(f"{count:,} {label}" for label, count in labels[part].items())
    facts["Ingested by this run"] = "; ".join(
        f"{name}: {counts['read']:,} read, {counts['kept']:,} kept, {counts['duplicate']:,} duplicate, "
        f"{counts['quarantined']:,} quarantined"
        for name, counts in ingested.counts.items()
    )
    return facts
