"""One deployment for the whole suite; destroying it is the suite's last check."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.e2e.containers import InContainers
from tests.e2e.deployment import Deployment, deployed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.loop import Loop


_FIRST = ("test_readme.py", "test_serving.py")
"""The README shows answers of the first model; later tests serve others."""
_LAST = (
    "test_retraining.py",
    "test_containers.py",
    "test_monitoring.py",
    "test_crash.py",
    "test_throttling.py",
    "test_erased.py",
)
"""Wrong labels of reviewers would teach the retrainings; a retraining leaves idle workers, which are killed too."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run tests that need the first model first."""
    places = {name: place for place, name in enumerate((*_FIRST, "", *_LAST))}
    items.sort(key=lambda item: places.get(item.path.name, places[""]))


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment | InContainers]:
    if os.environ.get("CONTAINERS"):
        yield InContainers()
        return
    folder = tmp_path_factory.mktemp("loop", numbered=True)
    endpoint = os.environ.get("ENDPOINT")
    with deployed(
        Deployment.as_guest(folder, endpoint, loop_name="EndToEnd") if endpoint else Deployment.on_own_emulator(folder)
    ) as one:
        yield one


@pytest.fixture
def loop(deployment: Deployment | InContainers) -> Loop:
    return deployment.loop()
