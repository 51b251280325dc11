"""The outputs of a deployment on each target."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from feature_repo.settings import Settings as FeatureSettings
from local.files import write_whole
from local.loop import open_loop
from local.settings import Settings, Target
from local.terminal import Terminal
from ops import aws, outputs
from training.settings import Settings as TrainingSettings

if TYPE_CHECKING:
    from pathlib import Path

STACK_OUTPUTS = {
    "ArtifactsBucket": "artifacts",
    "LakeBucket": "lake",
    "PredictionsTable": "predictions",
    "FeedbackTable": "feedback",
    "QualityTable": "quality",
    "AuditTable": "audit",
    "MonitoringTable": "monitoring",
    "ProductStatsTable": "product_stats",
    "RetrainFunction": "retrain",
    "AthenaDatabase": "lake_of_the_stack",
    "AthenaWorkgroup": "of the stack",
    "RaterKeySecret": "arn of the secret",
    "ApiUrl": "https://api.example/v1/",
    "ApiId": "api",
    "ApiStage": "v1",
    "ApiKeyId": "key",
    "ReviewersApiKeyId": "other",
}


class FakeAws:
    """Replaces both clients that are asked for outputs."""

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803 (boto3's spelling)
        named = [{"OutputKey": key, "OutputValue": value} for key, value in STACK_OUTPUTS.items()]
        return {"Stacks": [{"StackName": StackName, "Outputs": named}]}

    def get_api_key(self, *, apiKey: str, includeValue: bool) -> dict[str, str]:  # noqa: N803 (boto3's spelling)
        assert includeValue
        return {"value": f"value of {apiKey}"}


@pytest.mark.parametrize(("target", "named"), [(Target.AWS, False), (Target.LOCALSTACK, True)])
def test_a_tracking_server_is_named_only_where_ops_runs_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: Target, *, named: bool
) -> None:
    monkeypatch.setattr(aws, "client", lambda _loop, _service: FakeAws())
    loop = open_loop(Settings(local_dir=tmp_path, target=target), Terminal(tmp_path / "timings.json"))

    outputs.write(loop)

    assert outputs.read(loop)["api_key"] == "value of key"
    assert outputs.read(loop)["reviewers_api_key"] == "value of other"
    assert "export REVIEWERS_API_KEY='value of other'\n" in (loop.state_dir / "env").read_text()
    assert ("MLFLOW_TRACKING_URI" in (loop.state_dir / "env").read_text()) is named
    assert ("mlflow_url" in outputs.read(loop)) is named
    assert "export ATHENA_DATABASE=lake_of_the_stack\n" in (loop.state_dir / "env").read_text()


def test_a_shell_finds_this_loops_airflow_and_mwaa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "client", lambda _loop, _service: FakeAws())
    settings = Settings(local_dir=tmp_path / "it's", target=Target.LOCALSTACK)
    loop = open_loop(settings, Terminal(tmp_path / "timings.json"))
    for _ in range(2):
        outputs.write(loop)

    asked = (
        '. "$0" && command -v airflow && echo $AIRFLOW_HOME $AWS_DISABLE_HOST_PREFIX_INJECTION $AWS_ENDPOINT_URL_MWAA'
    )
    told = subprocess.run(
        ["/bin/bash", "-c", asked, loop.state_dir / "env"], capture_output=True, text=True, check=True
    )

    assert told.stdout.splitlines() == [
        f"{loop.state_dir}/bin/airflow",
        f"{loop.state_dir}/airflow true http://127.0.0.1:5002",
    ]


def test_commands_get_the_addresses_of_the_monitoring_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws, "client", lambda _loop, _service: FakeAws())
    loop = open_loop(Settings(local_dir=tmp_path), Terminal(tmp_path / "timings.json"))
    write_whole(loop.state_dir / "ports.json", '{"pushgateway": 9191, "prometheus": 9190, "node_exporter": 9100}')

    found = outputs.write(loop)

    named = outputs.for_commands(loop, found)
    secret = (loop.state_dir / "monitoring" / "password").read_text()
    assert {name: url for name, url in named.items() if name.endswith("_URL") and ":91" in url} == {
        "PROMETHEUS_URL": f"http://sentiment:{secret}@127.0.0.1:9190",
        "PUSHGATEWAY_URL": f"http://sentiment:{secret}@127.0.0.1:9191",
    }
    assert not [path for path in loop.state_dir.iterdir() if path.stat().st_mode & 0o077 and path.is_file()]


def test_every_setting_of_training_and_features_reaches_airflows_tasks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {name.upper() for name in (*TrainingSettings.model_fields, *FeatureSettings.model_fields)}
    for name in settings - {"LOOP_NAME"}:
        monkeypatch.setenv(name, f"{name} of the shell")
    loop = open_loop(Settings(local_dir=tmp_path), Terminal(tmp_path / "timings.json"))

    told = outputs.for_tasks(loop, STACK_OUTPUTS)

    assert settings - set(told) == {"AWS_REGION"}, "Airflow's processes have it already"
    assert told["GATE_MARGIN"] == "GATE_MARGIN of the shell"
    assert told["LAKE_BUCKET"] == "lake", "the deployment takes precedence over the shell"
    assert told["ATHENA_DATABASE"] == "lake_of_the_stack"


def test_without_tables_in_athena_no_variable_names_them(tmp_path: Path) -> None:
    loop = open_loop(Settings(local_dir=tmp_path), Terminal(tmp_path / "timings.json"))
    without = {name: value for name, value in STACK_OUTPUTS.items() if "Athena" not in name}

    assert not [name for name in outputs.for_tasks(loop, without) if "ATHENA" in name]


def test_an_empty_setting_is_left_to_its_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATE_MARGIN", "")
    loop = open_loop(Settings(local_dir=tmp_path), Terminal(tmp_path / "timings.json"))

    assert not set(outputs.PASSED_ON) & set(outputs.for_tasks(loop, STACK_OUTPUTS))
