"""One run records everything about a candidate in MLflow, and the candidate loads from there."""

# ruff: noqa: ANN401 - a model that mlflow loads has no types

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.pyfunc.scoring_server import invocations
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
    from collections.abc import Iterator
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
        f"generic = mlflow.pyfunc.load_model('models:/sentiment/{candidate.version}')\n"
        "texts = ['I love it, works great', 'Broke after a day, awful']\n"
        "print(json.dumps([pipeline.predict_proba(texts).tolist(), generic.predict(texts).probability.tolist(),"
        " sys.modules['sentiment'].__file__]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    own, generic, code = json.loads(done.stdout.splitlines()[-1])
    assert [probability for _, probability in own] == generic
    assert own[0][1] > 0.5 > own[1][1]
    assert "/code/sentiment/" in code


TEXTS = ["I love it, works great", "Broke after a day, awful", "2026"]
FRAME = pd.DataFrame({"id": [7, 8, 9], "text": TEXTS}, index=["a", "b", "c"])


@pytest.fixture(scope="module")
def generic(mlflow_server: str, candidate: Candidate) -> Iterator[Any]:
    """The registered model as MLflow's clients load it."""
    mlflow.set_tracking_uri(mlflow_server)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.path", [*sys.path])  # MLflow puts the code that goes with a model first
        yield mlflow.pyfunc.load_model(f"models:/sentiment/{candidate.version}")


@pytest.fixture(scope="module")
def served(candidate: Candidate) -> list[dict[str, object]]:
    """Labels and probabilities that the API gives."""
    uri = f"runs:/{candidate.run_id}/{EXPORT_FOLDER}/{EXPORT_FILE}"
    with open(mlflow.artifacts.download_artifacts(uri), "rb") as file:  # noqa: PTH123 - text
        scorer = Scorer(load(file.read(), sha256=candidate.sha256))
    return [{"label": one.label, "probability": pytest.approx(one.probability)} for one in map(scorer.predict, TEXTS)]


@pytest.mark.parametrize(
    "given",
    [FRAME, FRAME[["text"]], FRAME["text"], TEXTS, np.array(TEXTS), [{"text": text} for text in TEXTS]],
    ids=["frame", "column", "series", "list", "array", "records"],
)
def test_mlflows_clients_get_the_apis_answers(generic: Any, served: list[dict[str, object]], given: object) -> None:
    assert generic.predict(given).to_dict("records") == served


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", json.dumps({"dataframe_split": FRAME.to_dict("split")})),
        ("application/json", json.dumps({"dataframe_records": FRAME.to_dict("records")})),
        ("application/json", json.dumps({"inputs": TEXTS})),
        ("application/json", json.dumps({"instances": TEXTS})),
        ("text/csv", FRAME.to_csv(index=False)),
    ],
    ids=["split", "records", "inputs", "instances", "csv"],
)
def test_mlflows_server_gives_the_apis_answers(
    generic: Any, served: list[dict[str, object]], kind: str, body: str
) -> None:
    answer = invocations(body, kind, generic, generic.metadata.get_input_schema())  # type: ignore[no-untyped-call]

    assert json.loads(answer.response)["predictions"] == served


def test_one_text_is_one_row(generic: Any, served: list[dict[str, object]]) -> None:
    assert generic.predict(TEXTS[0]).to_dict("records") == served[:1]


def test_the_model_says_what_it_takes_and_returns(generic: Any) -> None:
    assert "text" in generic.metadata.get_input_schema().input_names()
    assert generic.metadata.get_output_schema().input_names() == ["label", "probability"]
    assert list(generic.predict(generic.input_example).label) == ["positive", "negative"]


def test_mlflow_models_predict_gives_the_apis_answers(
    mlflow_server: str, candidate: Candidate, served: list[dict[str, object]], tmp_path: Path
) -> None:
    (tmp_path / "in.json").write_text(
        json.dumps({"dataframe_split": {"columns": ["text"], "data": [[t] for t in TEXTS]}})
    )
    command = [
        "-m",
        f"models:/sentiment/{candidate.version}",
        "-i",
        "in.json",
        "-o",
        "out.json",
        "--env-manager",
        "local",
    ]
    environment = os.environ | {"MLFLOW_TRACKING_URI": mlflow_server}
    whole = [sys.executable, "-m", "mlflow", "models", "predict", *command]
    done = subprocess.run(whole, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out.json").read_text())["predictions"] == served


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
