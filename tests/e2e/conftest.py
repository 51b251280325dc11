"""One deployment for the whole suite; destroying it is the suite's last check."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.e2e.deployment import Deployment, deployed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.loop import Loop


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("loop", numbered=True)
    endpoint = os.environ.get("ENDPOINT")
    with deployed(
        Deployment.as_guest(folder, endpoint, loop_name="EndToEnd") if endpoint else Deployment.on_own_emulator(folder)
    ) as one:
        yield one


@pytest.fixture
def loop(deployment: Deployment) -> Loop:
    return deployment.loop()
