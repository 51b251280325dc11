"""The evaluation's outcome names the predictions that it made, whatever a late attempt writes."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

from tests.integration.training.retraining.evaluated_run import evaluated_run
from training.retraining import evaluation
from training.retraining.run import Run
from training.runs.decisions import Comparison
from training.runs.scoring import CANDIDATE, Predictions

if TYPE_CHECKING:
    import pytest

    from tests.integration.training.versions import MakeVersion
    from training.retraining.run import RetrainingSettings


def test_a_late_attempt_does_not_overwrite_the_predictions_of_the_retry(
    settings: RetrainingSettings, make_version: MakeVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(settings, evaluated_run(settings, make_version, "twice").run_id)
    by_the_retry = Predictions(
        ["a", "b"], ["positive", "negative"], ["shop"] * 2, [None] * 2, {CANDIDATE: [0.9, 0.1]}, [False] * 2
    )
    late = replace(by_the_retry, probabilities={CANDIDATE: [0.1, 0.9]})
    stored = run.registry.store.read_pointer()
    monkeypatch.setattr(
        evaluation, "load_comparison", lambda *_, **__: Comparison(stored, stored.pointer, stored.pointer, {})
    )
    monkeypatch.setattr("feature_repo.frame.frozen.open_frozen", lambda _: SimpleNamespace(examples=list))
    monkeypatch.setattr(evaluation, "score", lambda *_: by_the_retry)
    kept = evaluation.evaluate(run)
    monkeypatch.setattr(evaluation, "score", lambda *_: late)
    assert evaluation.evaluate(run).predictions != kept.predictions
    assert Predictions.from_parquet(run.workspace.get_at(kept.predictions)) == by_the_retry
