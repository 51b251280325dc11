"""What the evaluation hands on is what it scored, whoever else still writes."""

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
    from training.retraining.settings import RetrainingSettings


def test_an_attempt_that_was_taken_for_dead_does_not_overwrite_what_the_retry_scored(
    settings: RetrainingSettings, make_version: MakeVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(settings, evaluated_run(settings, make_version, "twice").run_id)
    by_the_retry = Predictions(["a", "b"], ["positive", "negative"], ["shop"] * 2, [None] * 2, {CANDIDATE: [0.9, 0.1]})
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
    assert Predictions.from_parquet(run.workspace.get(kept.predictions.rpartition("/")[2])) == by_the_retry
