"""A rollback affects the named loop only."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, NoReturn

import pytest

from ops import cli

if TYPE_CHECKING:
    from pathlib import Path

NAMES = (
    *("ArtifactsBucket", "LakeBucket", "PredictionsTable", "FeedbackTable", "QualityTable", "AuditTable"),
    *("MonitoringTable", "ProductStatsTable", "RetrainFunction", "ReviewersApiKeyId"),
)


class BecameError(Exception):
    """The program by which this process would have been replaced."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def become(_program: str, command: list[str], environment: dict[str, str]) -> NoReturn:
        raise BecameError(command, environment)

    monkeypatch.setattr(os, "execve", become)
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    for name in ("", "local-Staging"):
        addresses = {"api_url": "http://api", "api_key": "key", "endpoint": "http://aws", "mlflow_url": "http://mlflow"}
        others = {"mwaa_url": "http://mwaa", "airflow_url": "http://airflow", "reviewers_api_key": "other key"}
        found = {output: f"{name}/{output}" for output in NAMES} | addresses | others
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "outputs.json").write_text(json.dumps(found))
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("name", "bucket"), [("SentimentLoop", "/ArtifactsBucket"), ("Staging", "local-Staging/ArtifactsBucket")]
)
def test_a_rollback_works_on_the_named_loop(monkeypatch: pytest.MonkeyPatch, name: str, bucket: str) -> None:
    monkeypatch.setenv("LOOP_NAME", name)
    with pytest.raises(BecameError) as became:
        cli.cli(["rollback"], standalone_mode=False)

    command, environment = became.value.args
    assert command == [sys.executable, "-m", "training", "rollback"]
    assert (environment["ARTIFACTS_BUCKET"], environment["LOOP_NAME"]) == (bucket, name)
    assert environment["MLFLOW_TRACKING_URI"] == "http://mlflow"


@pytest.mark.usefixtures("folder")
def test_a_rollback_can_name_a_version() -> None:
    with pytest.raises(BecameError) as became:
        cli.cli(["rollback", "--to", "7"], standalone_mode=False)
    assert became.value.args[0][-2:] == ["--to", "7"]


@pytest.mark.parametrize("left", [None, "LakeBucket"], ids=["nothing", "what an older version deployed"])
@pytest.mark.parametrize("command", ["rollback", "retrain", "traffic", "bundle", "reconcile"])
def test_commands_fail_when_nothing_is_deployed(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str, left: str | None
) -> None:
    (folder / "outputs.json").write_text(json.dumps({left: "lake"} if left else {}))
    with pytest.raises(SystemExit):
        cli.cli([command], standalone_mode=False)
    said = capsys.readouterr().out
    assert "✗ Nothing is deployed here" in said
    assert "→ make up" in said
