"""An Airflow environment on AWS: first its files, then the environment with exactly those versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.errors import LocalError
from local.loop import open_loop
from local.settings import Settings, Target
from local.terminal import Terminal
from ops import aws, bundle, deploy, managed_airflow

if TYPE_CHECKING:
    from pathlib import Path

    from local.loop import Loop

FOUND = {"MwaaBucket": "bucket"}
NONE = {"PluginsVersion": "", "RequirementsVersion": "", "StartupScriptVersion": ""}
PRESENT = {
    "PluginsVersion": "1 of plugins.zip",
    "RequirementsVersion": "1 of requirements.txt",
    "StartupScriptVersion": "1 of startup.sh",
}


class Account:
    """Fake S3 and CloudFormation, and what was done, in order."""

    def __init__(self, parameters: dict[str, str]) -> None:
        self.parameters = parameters
        self.done: list[object] = []

    def head_object(self, *, Bucket: str, Key: str) -> dict[str, str]:  # noqa: N803 (boto3's names)
        assert Bucket == "bucket"
        return {"VersionId": f"1 of {Key}"}

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803 (the same)
        assert StackName == "SentimentLoop-Retraining"
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in self.parameters.items()]
        return {"Stacks": [{"Parameters": [*given, {"ParameterKey": "BootstrapVersion", "ParameterValue": "/cdk"}]}]}


@pytest.fixture
def loop(tmp_path: Path) -> Loop:
    return open_loop(Settings(local_dir=tmp_path, target=Target.AWS), Terminal(tmp_path / "timings.json"))


def account(monkeypatch: pytest.MonkeyPatch, parameters: dict[str, str]) -> Account:
    made = Account(parameters)
    monkeypatch.setattr(aws, "client", lambda _loop, _service: made)

    def publish(_loop: Loop, _found: dict[str, str]) -> list[str]:
        made.done.append("bundle")
        return []

    monkeypatch.setattr(bundle, "publish", publish)
    monkeypatch.setattr(deploy, "deploy_retraining", lambda _loop, _step, given: made.done.append(given))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://mlflow.example")
    return made


def test_a_first_environment_is_created_from_uploaded_files(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = account(monkeypatch, NONE)

    managed_airflow.update(loop, FOUND)

    assert made.done == ["bundle", PRESENT]


def test_an_environment_with_the_same_files_is_not_updated(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = account(monkeypatch, PRESENT)

    managed_airflow.update(loop, FOUND)

    assert made.done == ["bundle"]


def test_newer_files_update_the_environment(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = account(monkeypatch, PRESENT | {"PluginsVersion": "0 of plugins.zip"})

    managed_airflow.update(loop, FOUND)

    assert made.done == ["bundle", PRESENT]


def test_a_stack_without_an_environment_gets_only_its_files(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = account(monkeypatch, {})
    monkeypatch.delenv("MLFLOW_TRACKING_URI")

    managed_airflow.update(loop, FOUND)

    assert made.done == ["bundle"]


def test_without_a_tracking_server_no_environment_is_created(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = account(monkeypatch, NONE)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")

    with pytest.raises(LocalError, match="MLFLOW_TRACKING_URI"):
        managed_airflow.update(loop, FOUND)

    assert made.done == []
