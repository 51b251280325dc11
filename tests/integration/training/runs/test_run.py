"""One run records everything about a candidate in MLflow, and the candidate loads from there."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import mlflow
import pytest
from PIL import Image

from sentiment.model.artifact import load
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.scorer import Scorer
from training.errors import DataError
from training.registry.names import EXPORT_FILE, EXPORT_FOLDER, TAG_SHA256
from training.registry.tracking import Tracking
from training.runs.recorder import Recorder
from training.runs.run import tracked_run

if TYPE_CHECKING:
    from pathlib import Path

    from mlflow.entities import Run

    from training.runs.dataset import Dataset
    from training.runs.run import Candidate


@pytest.fixture
def recorded(mlflow_server: str, candidate: Candidate) -> Run:
    mlflow.set_tracking_uri(mlflow_server)
    return mlflow.get_run(candidate.run_id)


def test_a_run_keeps_every_hyperparameter_so_that_it_can_be_repeated(recorded: Run) -> None:
    kept = {name: recorded.data.params[name] for name in Hyperparameters().to_dict()}
    assert Hyperparameters.from_dict(kept) == Hyperparameters(folds=2)


def test_a_run_records_what_it_was_trained_and_evaluated_on(recorded: Run, small_dataset: Dataset) -> None:
    assert recorded.data.params["training_sha256"] == small_dataset.trained_on.sha256
    assert recorded.data.params["held_out_reviews"] == str(len(small_dataset.held_out))
    assert recorded.data.tags["times_replayed"] == "false"
    assert recorded.data.tags["trainer"] == "memory"
    assert recorded.inputs is not None
    inputs = {tag.value: used.dataset for used in recorded.inputs.dataset_inputs for tag in used.tags}
    assert set(inputs) == {"training", "held-out"}
    assert json.loads(inputs["training"].profile or "")["sha256"] == small_dataset.trained_on.sha256


def test_a_run_keeps_metrics_with_intervals(recorded: Run, candidate: Candidate) -> None:
    metrics = recorded.data.metrics
    low, high = candidate.evaluation.intervals["macro_f1"]
    assert metrics["intervals/macro_f1_low"] == low <= metrics["macro_f1"] <= high
    assert metrics["calibration_error"] == candidate.evaluation.metrics.calibration_error
    whole = mlflow.artifacts.load_dict(f"runs:/{candidate.run_id}/evaluation.json")
    assert whole["metrics"]["count"] == candidate.evaluation.metrics.count
    assert set(whole["slices"]) == set(candidate.evaluation.slices)


def test_a_run_keeps_its_plots(candidate: Candidate, recorded: Run, tmp_path: Path) -> None:
    assert recorded.info.status == "FINISHED"
    folder = mlflow.artifacts.download_artifacts(f"runs:/{candidate.run_id}/plots", dst_path=str(tmp_path))
    for name in ("confusion_matrix", "calibration", "precision_recall", "telling_words"):
        with Image.open(f"{folder}/{name}.png") as picture:
            assert picture.width > 500
            assert len(picture.convert("RGB").getcolors(1_000_000) or []) > 10


def test_the_serving_export_is_the_pipeline_in_the_same_run(
    candidate: Candidate,
    recorded: Run,
    small_dataset: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.path", [*sys.path])  # MLflow puts the code that goes with a model first
    uri = f"runs:/{candidate.run_id}/{EXPORT_FOLDER}/{EXPORT_FILE}"
    with open(mlflow.artifacts.download_artifacts(uri, dst_path=str(tmp_path)), "rb") as file:  # noqa: PTH123 - text
        artifact = load(file.read(), sha256=recorded.data.tags[TAG_SHA256])
    scorer = Scorer(artifact)
    texts = [example.review.full_text for example in small_dataset.held_out]
    pipeline = mlflow.sklearn.load_model(f"runs:/{candidate.run_id}/model")
    expected = pipeline.predict_proba(texts)[:, 1]
    assert [scorer.probability(text) for text in texts] == pytest.approx(list(expected), abs=1e-9)
    assert artifact.training["window"]["replayed"] is False


def test_the_registered_model_loads_in_a_process_without_this_project(
    mlflow_server: str, candidate: Candidate, tmp_path: Path
) -> None:
    program = (
        "import mlflow, json, sys\n"
        f"mlflow.set_tracking_uri({mlflow_server!r})\n"
        f"pipeline = mlflow.sklearn.load_model('runs:/{candidate.run_id}/model')\n"
        f"generic = mlflow.pyfunc.load_model('runs:/{candidate.run_id}/model')\n"
        "texts = ['I love it, works great', 'Broke after a day, awful']\n"
        "print(json.dumps([pipeline.predict_proba(texts).tolist(), generic.predict(texts).tolist(),"
        " sys.modules['sentiment'].__file__]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    own, generic, code = json.loads(done.stdout.splitlines()[-1])
    assert own == generic
    assert own[0][1] > 0.5 > own[1][1]
    assert "/code/sentiment/" in code


def test_a_repeated_run_gives_the_same_artifact_as_a_new_version(
    tracking: Tracking, candidate: Candidate, small_dataset: Dataset
) -> None:
    made = tracked_run(tracking, small_dataset, Hyperparameters(folds=2), step=lambda _: None)
    assert made.sha256 == candidate.sha256
    assert made.run_id != candidate.run_id
    version = tracking.client.get_model_version("sentiment", made.version)
    assert version.run_id == made.run_id
    assert version.tags[TAG_SHA256] == made.sha256
    assert f"macro-F1 {made.evaluation.metrics.macro_f1:.3f}" in str(version.description)


def test_a_run_that_fails_stays_as_failed_and_registers_nothing(
    mlflow_server: str, candidate: Candidate, small_dataset: Dataset
) -> None:
    tracking = Tracking(mlflow_server)
    with pytest.raises(DataError, match="has too few reviews: training needs 100000 reviews of each label"):
        tracked_run(tracking, small_dataset, Hyperparameters(folds=100_000), step=lambda _: None)
    experiment = tracking.client.get_experiment_by_name("sentiment")
    assert experiment is not None
    latest = tracking.client.search_runs([experiment.experiment_id], max_results=1)[0]
    assert latest.info.status == "FAILED"
    assert latest.info.run_id != candidate.run_id
    versions = tracking.client.search_model_versions("name = 'sentiment'")
    assert latest.info.run_id not in {version.run_id for version in versions}


def test_rows_that_could_not_be_read_are_kept_with_the_run(mlflow_server: str, small_dataset: Dataset) -> None:
    dataset = replace(small_dataset, rejected=b'{"line": 7, "reason": "no text"}\n')
    with Recorder.start(Tracking(mlflow_server), dataset, Hyperparameters()) as recorder:
        pass
    assert mlflow.artifacts.load_text(f"runs:/{recorder.run_id}/rejected.jsonl") == dataset.rejected.decode()
