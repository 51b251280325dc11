"""One line names everything that is missing or invalid in the environment."""

from __future__ import annotations

import pytest

from training.errors import SettingsError
from training.settings import load_settings


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MLFLOW_TRACKING_URI", "ARTIFACTS_BUCKET", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5001/")
    monkeypatch.setenv("ARTIFACTS_BUCKET", "artifacts")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    settings = load_settings()
    assert (settings.mlflow_tracking_uri, settings.artifacts_bucket) == (
        "http://127.0.0.1:5001",
        "artifacts",
    )
    assert settings.aws_region == "eu-west-1"
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    assert load_settings().aws_region == "eu-west-3"


def test_every_missing_setting_is_named_at_once() -> None:
    with pytest.raises(SettingsError, match="MLFLOW_TRACKING_URI is not set; ARTIFACTS_BUCKET is not set"):
        load_settings()


def test_an_empty_setting_is_a_missing_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    monkeypatch.setenv("ARTIFACTS_BUCKET", "artifacts")
    with pytest.raises(SettingsError, match=r"^MLFLOW_TRACKING_URI is not set"):
        load_settings()


@pytest.mark.parametrize("uri", ["sqlite:///mlflow.db", "./mlruns", "file:///tmp", "databricks", "localhost:5001"])
def test_a_tracking_uri_that_is_not_a_server_is_refused(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("ARTIFACTS_BUCKET", "artifacts")
    with pytest.raises(SettingsError, match="MLFLOW_TRACKING_URI must be the http"):
        load_settings()


@pytest.mark.parametrize("bucket", ["s3://artifacts", "Artifacts", "a", "a/b", "x" * 64])
def test_an_invalid_bucket_name_is_refused(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5001")
    monkeypatch.setenv("ARTIFACTS_BUCKET", bucket)
    with pytest.raises(SettingsError, match=r"^ARTIFACTS_BUCKET ") as refused:
        load_settings()
    assert "\n" not in str(refused.value)
