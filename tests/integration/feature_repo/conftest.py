"""An empty lake for each test, in the emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from feature_repo.lake.objects import Lake
from feature_repo.settings import Settings

if TYPE_CHECKING:
    from tests.integration.resources import Resources


@pytest.fixture
def lake_settings(resources: Resources) -> Settings:
    """Settings of an empty lake; `resources` sets them in the environment, too."""
    return Settings(lake_bucket=resources.lake)


@pytest.fixture
def lake(lake_settings: Settings) -> Lake:
    return Lake(lake_settings)
