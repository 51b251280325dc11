"""A lake, a bucket and a tracking server for a test's own retraining runs, and proxies that break before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mlflow
import pytest
from botocore.config import Config

import feature_repo.settings
from feature_repo.offline.duckdb_engine import use_duckdb
from tests.integration.breaking import breaking_proxy
from training.registry.registry import open_registry
from training.retraining.run import RetrainingSettings
from training.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.breaking import BreakingProxy
    from tests.integration.resources import Resources
    from training.registry.registry import Registry
    from training.registry.tracking import Tracking


@pytest.fixture
def settings(resources: Resources, tracking: Tracking, monkeypatch: pytest.MonkeyPatch) -> RetrainingSettings:
    """What a step reads from the environment: nothing is in production, and the lake is empty."""
    for name, value in (resources.environment | {"MLFLOW_TRACKING_URI": tracking.uri}).items():
        monkeypatch.setenv(name, value)
    return RetrainingSettings(Settings(), feature_repo.settings.Settings())


@pytest.fixture
def registry(settings: RetrainingSettings) -> Registry:
    return open_registry(settings.training)


ONE_ATTEMPT = Config(connect_timeout=3, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 1})


@pytest.fixture
def nobody_asks_twice(monkeypatch: pytest.MonkeyPatch, settings: RetrainingSettings) -> Iterator[None]:
    """The clients' own attempts, with pauses between them, would only make a break longer."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr("training.registry.storage._CLIENT", ONE_ATTEMPT)
    monkeypatch.setattr("feature_repo.lake.objects.CLIENT", ONE_ATTEMPT)
    use_duckdb(settings.features).execute("SET http_retries = 0")
    yield
    use_duckdb(settings.features).execute("RESET http_retries")


@pytest.fixture
def mlflow_proxy(tracking: Tracking) -> Iterator[BreakingProxy]:
    with breaking_proxy(tracking.uri, kind=_kind_of) as proxy:
        yield proxy
    mlflow.set_tracking_uri(tracking.uri)


def _kind_of(asked: str) -> str:
    """Requests for several metrics in a row are of a kind, and so are the files of one folder."""
    path = asked.partition("?")[0]
    return path.rpartition("/")[0] if "mlflow-artifacts" in path else path


@pytest.fixture
def aws_proxy(emulator: str) -> Iterator[BreakingProxy]:
    with breaking_proxy(emulator) as proxy:
        yield proxy
