"""A server fails at each request of each step: each attempt ends in one line, and the last one succeeds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from matplotlib.figure import Figure

from feature_repo.materialise import Materialised, materialise
from tests.integration.feature_repo.planted import UNTIL
from tests.integration.training.retraining.small_run import PRODUCTS, small_run
from training.errors import TrainingError
from training.registry.lineage import TAG_RETRAINING
from training.registry.state import read_state
from training.retraining.run import RetrainingSettings, Run
from training.retraining.steps import CLONE_HYPERPARAMETERS, DECIDE, EVALUATE, MATERIALISE, PROMOTE, REPORT, TRAIN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.breaking import BreakingProxy, Moment
    from tests.integration.resources import Resources
    from tests.integration.training.versions import MakeVersion
    from training.registry.state import State
    from training.retraining.steps import Step

FEAST = "^Feast's registry or its online store cannot be used: "
HALF_OR_REFUSED: tuple[Moment, ...] = ("half-way through the answer", "refused")
"""An empty answer, as to a write, is lost half-way."""
AFTER_TRAIN: tuple[Step[Any], ...] = (EVALUATE, DECIDE, PROMOTE, REPORT)


@pytest.fixture
def run(settings: RetrainingSettings, make_version: MakeVersion, tmp_path: Path) -> Run:
    """A run with an id of its own, since MLflow keeps the runs of all tests."""
    return small_run(settings, make_version, f"broken-{settings.features.lake_bucket}", tmp_path)


@pytest.fixture
def quick_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plots that are empty."""
    for name in ("confusion_matrix", "calibration", "precision_recall", "telling_words"):
        monkeypatch.setattr(f"training.runs.run.plots.{name}", lambda *_: Figure(figsize=(0.1, 0.1)))


@dataclass(frozen=True, slots=True)
class Breaking:
    """A run whose steps go through a proxy, and a registry that does not."""

    settings: RetrainingSettings
    run: Run
    proxy: BreakingProxy
    message: str
    """A pattern that every message matches."""

    def through(self, step: Step[Any], moment: Moment) -> None:
        """Attempt a step, failing one request later each time, until it succeeds."""
        before = self.production()
        for number in range(1, 100):
            self.proxy.break_at(number, moment)
            failed = self._attempt(step)
            if not self.proxy.broken:
                assert failed is None
                break
            broken = self.proxy.broken[0]
            self.proxy.mend()
            assert failed, f"{step.name} succeeds although {broken} failed"
            assert re.search(self.message, failed)
            assert "\n" not in failed
            assert self.production() == before
        else:
            pytest.fail(f"{step.name} never succeeds")
        assert number > 1
        self.proxy.mend()

    def again(self, step: Step[Any]) -> None:
        """Delete a step's outcome, as if it had not been written."""
        store = self.run.registry.store
        store._s3.delete_object(Bucket=store.bucket, Key=self.run.workspace.key(f"{step.name}.json"))

    def through_again(self, *steps: Step[Any]) -> None:
        """Attempt finished steps in the same way at each of the other moments."""
        for moment in HALF_OR_REFUSED:
            for step in steps:
                self.again(step)
                self.through(step, moment)

    def production(self) -> State:
        """What is in production, which is always whole."""
        state = read_state(self.run.registry.tracking, self.run.registry.store)
        assert state.agreed
        return state

    def _attempt(self, step: Step[Any]) -> str | None:
        try:
            Run(self.settings, self.run.run_id).do(step)
        except TrainingError as error:
            return str(error)
        return None


def with_mlflow_at(settings: RetrainingSettings, url: str) -> RetrainingSettings:
    return RetrainingSettings(settings.training.model_copy(update={"mlflow_tracking_uri": url}), settings.features)


def check_nothing_exists_twice(run: Run) -> None:
    client = run.registry.tracking.client
    versions = client.search_model_versions(f"tags.`{TAG_RETRAINING}` = '{run.run_id}'")
    made = run.result(TRAIN)
    assert [(str(version.version), version.run_id) for version in versions] == [(made.version, made.run_id)]
    experiment = client.get_experiment_by_name("sentiment")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id], f"tags.{TAG_RETRAINING} = '{run.run_id}'")
    ended = {found.info.run_id: found.info.status for found in runs}
    assert ended.pop(made.run_id) == "FINISHED"
    assert set(ended.values()) <= {"FAILED"}
    models = client.search_logged_models([experiment.experiment_id], f"source_run_id = '{made.run_id}'")
    assert [model.status for model in models] == ["READY"]
    assert f'"version": "{made.version}"' in models[0].tags["mlflow.modelVersions"]
    assert [file.path for file in client.list_artifacts(made.run_id)] == [
        "decision.json",
        "evaluation.json",
        "plots",
        "report.html",
        "serving",
    ]


@pytest.mark.usefixtures("nobody_asks_twice", "quick_plots")
def test_mlflow_may_fail_at_every_request_of_the_steps(run: Run, mlflow_proxy: BreakingProxy) -> None:
    breaking = Breaking(
        with_mlflow_at(run.settings, mlflow_proxy.url), run, mlflow_proxy, f"^MLflow at {mlflow_proxy.url} "
    )
    run.do(CLONE_HYPERPARAMETERS)
    breaking.through(TRAIN, "after the server has it")
    for step in AFTER_TRAIN:
        run.do(step)
    breaking.through_again(CLONE_HYPERPARAMETERS, TRAIN, EVALUATE, REPORT)
    check_nothing_exists_twice(run)


@pytest.mark.parametrize("question", ["runs/create", "model-versions/create"])
@pytest.mark.usefixtures("quick_plots")
def test_what_mlflows_client_requests_twice_exists_once(run: Run, mlflow_proxy: BreakingProxy, question: str) -> None:
    through_proxy = with_mlflow_at(run.settings, mlflow_proxy.url)
    run.do(CLONE_HYPERPARAMETERS)
    mlflow_proxy.break_at(1, "after the server has it", only=question, once=True)
    Run(through_proxy, run.run_id).do(TRAIN)
    assert len(mlflow_proxy.broken) == 1
    for step in AFTER_TRAIN:
        run.do(step)
    check_nothing_exists_twice(run)


@pytest.mark.usefixtures("nobody_asks_twice", "quick_plots")
def test_s3_may_fail_at_every_request_of_the_steps(
    run: Run, aws_proxy: BreakingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking = Breaking(run.settings, run, aws_proxy, f"^S3 at {aws_proxy.url} ")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", aws_proxy.url)
    run.do(CLONE_HYPERPARAMETERS)
    run.do(TRAIN)
    for step in AFTER_TRAIN:
        run.do(step)
    breaking.through_again(CLONE_HYPERPARAMETERS, TRAIN, EVALUATE, REPORT)
    check_nothing_exists_twice(run)


@pytest.mark.usefixtures("nobody_asks_twice")
def test_s3_may_fail_at_every_request_of_materialise(
    run: Run, resources: Resources, aws_proxy: BreakingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking = Breaking(run.settings, run, aws_proxy, f"{aws_proxy.url}|{FEAST}")
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_S3", aws_proxy.url)
        breaking.through(MATERIALISE, "refused")  # the registry is made by this one
        breaking.again(MATERIALISE)
        breaking.through(MATERIALISE, "half-way through the answer")
    check_the_online_store(run.settings, resources)


@pytest.mark.usefixtures("nobody_asks_twice")
def test_dynamodb_may_fail_at_every_request_of_materialise(
    run: Run, resources: Resources, aws_proxy: BreakingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking = Breaking(run.settings, run, aws_proxy, FEAST)
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_DYNAMODB", aws_proxy.url)
        breaking.through(MATERIALISE, "after the server has it")
    check_the_online_store(run.settings, resources)


def check_the_online_store(settings: RetrainingSettings, resources: Resources) -> None:
    """It has what an undisturbed materialise writes, so nothing is left to write."""
    assert materialise(settings.features, UNTIL) == Materialised(PRODUCTS, 0)
    undisturbed = f"{resources.product_stats}-undisturbed"
    resources.dynamodb.create_table(
        TableName=undisturbed,
        KeySchema=[{"AttributeName": "entity_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "entity_id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    other = {"product_stats_table": undisturbed}
    assert materialise(settings.features.model_copy(update=other), UNTIL) == Materialised(PRODUCTS, PRODUCTS)
    assert items_of(resources, resources.product_stats) == items_of(resources, undisturbed)


def items_of(resources: Resources, table: str) -> list[dict[str, Any]]:
    return sorted(resources.dynamodb.scan(TableName=table)["Items"], key=str)
