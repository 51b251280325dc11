"""A lake, a bucket and a tracking server for a test's own retraining runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import feature_repo.settings
from training.registry import open_registry
from training.retraining import RetrainingSettings
from training.settings import Settings

if TYPE_CHECKING:
    from tests.integration.resources import Resources
    from training.registry import Registry
    from training.tracking import Tracking


@pytest.fixture
def settings(resources: Resources, tracking: Tracking, monkeypatch: pytest.MonkeyPatch) -> RetrainingSettings:
    """What a step reads from the environment: nothing is published, and the lake is empty."""
    for name, value in (resources.environment | {"MLFLOW_TRACKING_URI": tracking.uri}).items():
        monkeypatch.setenv(name, value)
    return RetrainingSettings(Settings(), feature_repo.settings.Settings())


@pytest.fixture
def registry(settings: RetrainingSettings) -> Registry:
    return open_registry(settings.training)
