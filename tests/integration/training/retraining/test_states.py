"""Whatever is missing or down, a step ends in a clear state, production stays, and a retry continues."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.config import Config

from sentiment.clock import utc_now
from sentiment.model.hyperparameters import Hyperparameters
from tests.integration.training.retraining.evaluated_run import evaluated_run
from tests.integration.training.versions import served
from training.errors import EvaluationError, HyperparametersError, RunError, StorageError, TrackingError
from training.retraining.in_process import retrain
from training.retraining.results import Ingested
from training.retraining.run import RetrainingSettings, Run
from training.retraining.steps import CLONE_HYPERPARAMETERS, DECIDE, INGEST, PROMOTE, STEPS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from tests.integration.training.versions import MakeVersion
    from training.registry.registry import Registry

IMPATIENT = Config(connect_timeout=0.2, read_timeout=0.2, retries={"mode": "standard", "total_max_attempts": 1})


def ingested(settings: RetrainingSettings, run_id: str) -> Run:
    run = Run(settings, run_id)
    found = Ingested(until=utc_now(), force=False, first=False, counts={})
    run.workspace.write(INGEST, run._outcome(INGEST, "done", "", found))
    return run


def with_mlflow_at(settings: RetrainingSettings, url: str) -> RetrainingSettings:
    return RetrainingSettings(settings.training.model_copy(update={"mlflow_tracking_uri": url}), settings.features)


def test_an_empty_lake_ends_the_run_and_trains_nothing(settings: RetrainingSettings, registry: Registry) -> None:
    titles: list[str] = []
    done = retrain(settings, "empty", step=titles.append)
    assert done.startswith("Nothing was trained (too little data).")
    for step in STEPS[3:]:
        outcome = Run(settings, "empty").workspace.read(step)
        assert outcome is not None
        assert outcome.state == "skipped"
        assert outcome.reason in done
    assert registry.store.read_pointer().pointer is None
    assert [(entry.kind, entry.outcome) for entry in registry.audit.entries()] == [("ended", "too little data")]


def test_a_step_without_its_predecessor_says_which_to_run_first(settings: RetrainingSettings) -> None:
    for step, before in zip(STEPS[1:], ("ingest", "ingest", "build_frame", "train"), strict=False):
        with pytest.raises(RunError, match=f"Run alone has no outcome of {before} yet"):
            Run(settings, "alone").do(step)


@pytest.mark.parametrize("run_id", ["", "../production", "a/b", "a b", "-x", "a" * 201])
def test_an_invalid_run_id_is_refused(settings: RetrainingSettings, run_id: str) -> None:
    with pytest.raises(RunError, match="Invalid run id"):
        Run(settings, run_id).do(INGEST)


def test_hyperparameters_are_those_of_the_served_run_or_none(
    settings: RetrainingSettings, registry: Registry, make_version: MakeVersion
) -> None:
    run = ingested(settings, "clone")
    version = make_version("great")
    registry.promote(version)
    client = registry.tracking.client

    client.delete_registered_model_alias("sentiment", "production")
    with pytest.raises(HyperparametersError, match="no alias production; it should name version 1"):
        Run(settings, "clone").do(CLONE_HYPERPARAMETERS)

    registry.tracking.set_production(make_version("fine"))
    with pytest.raises(HyperparametersError, match="Version 1 is served but the alias production names version 2"):
        Run(settings, "clone").do(CLONE_HYPERPARAMETERS)

    registry.tracking.set_production(version)
    with pytest.raises(HyperparametersError, match="does not record the parameters folds"):
        Run(settings, "clone").do(CLONE_HYPERPARAMETERS)

    recorded = Hyperparameters(regularization_c=3.0)
    for name, value in recorded.to_dict().items():
        client.log_param(registry.tracking.version(version).run_id, name, value)
    Run(settings, "clone").do(CLONE_HYPERPARAMETERS)
    assert Hyperparameters.from_dict(dict(run.result(CLONE_HYPERPARAMETERS).hyperparameters)) == recorded
    failures = [entry for entry in registry.audit.entries() if entry.kind == "failure"]
    assert [entry.reason.partition(":")[0] for entry in failures] == ["The step clone_hyperparameters failed"] * 3


@pytest.mark.parametrize("server", ["closed_port", "silent_server"])
def test_mlflow_down_is_recorded_as_a_failure_and_the_retry_succeeds(
    settings: RetrainingSettings,
    registry: Registry,
    make_version: MakeVersion,
    *,
    server: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    evaluated = evaluated_run(settings, make_version, "down")
    without = with_mlflow_at(settings, request.getfixturevalue(server))
    with pytest.raises(TrackingError):
        Run(without, "down").do(DECIDE)
    assert served(registry) == evaluated.production
    kinds = [(entry.kind, entry.outcome) for entry in registry.audit.entries() if entry.run_id == "down"]
    assert kinds == [("decision", "improves"), ("failure", "failed")]
    Run(settings, "down").do(DECIDE)
    with pytest.raises(TrackingError):
        Run(without, "down").do(PROMOTE)
    Run(settings, "down").do(PROMOTE)
    assert served(registry) == evaluated.candidate
    kinds = [(entry.kind, entry.outcome) for entry in registry.audit.entries() if entry.run_id == "down"]
    assert sorted(kind for kind, _ in kinds) == ["decision", "failure", "failure", "promotion"]


@pytest.mark.parametrize("server", ["closed_port", "silent_server"])
def test_s3_down_ends_every_step_with_one_line(
    settings: RetrainingSettings,
    make_version: MakeVersion,
    *,
    server: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    evaluated = evaluated_run(settings, make_version, "cut")
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", request.getfixturevalue(server))
        patch.setattr("training.registry.storage._CLIENT", IMPATIENT)
        for step in STEPS:
            with pytest.raises(StorageError, match="did not answer") as failed:
                Run(settings, "cut").do(step)
            assert "\n" not in str(failed.value)
    Run(settings, "cut").do(DECIDE)
    Run(settings, "cut").do(PROMOTE)
    assert served(Run(settings, "cut").registry) == evaluated.candidate


def test_damaged_predictions_keep_production(
    settings: RetrainingSettings, registry: Registry, make_version: MakeVersion, s3: S3Client
) -> None:
    evaluated = evaluated_run(settings, make_version, "damaged")
    s3.put_object(Bucket=registry.store.bucket, Key="retraining/damaged/predictions.parquet", Body=b"PAR1 and no more")
    with pytest.raises(EvaluationError, match="cannot be read"):
        Run(settings, "damaged").do(DECIDE)
    with pytest.raises(RunError, match="Run damaged has no outcome of decide yet"):
        Run(settings, "damaged").do(PROMOTE)
    assert served(registry) == evaluated.production
    entries = [entry for entry in registry.audit.entries() if entry.run_id == "damaged"]
    assert [(entry.kind, entry.outcome) for entry in entries] == [("failure", "failed")] * 2


def test_a_damaged_outcome_is_named(settings: RetrainingSettings, make_version: MakeVersion, s3: S3Client) -> None:
    evaluated_run(settings, make_version, "torn")
    s3.put_object(Bucket=settings.training.artifacts_bucket, Key="retraining/torn/decide.json", Body=b'{"run_id": ')
    for step in STEPS[STEPS.index(DECIDE) :][:2]:
        with pytest.raises(RunError, match=r"decide\.json is not an outcome of decide"):
            Run(settings, "torn").do(step)
