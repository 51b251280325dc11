"""What the drills of pushing do to a real pushgateway."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from local.loop import open_loop
from local.settings import Settings
from local.terminal import Terminal
from monitoring.monitor.pushgateway import Pushgateway
from ops.drills.catalogue import DRILLS
from ops.drills.drill import Drilled
from ops.drills.record import Record
from sentiment.schemas.metrics import JOB_FUNCTIONS, JOB_MONITOR
from tests.integration.pushgateway import pushed, pushgateway

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def on(tmp_path: Path) -> Iterator[Drilled]:
    """A loop of which only the pushgateway runs."""
    with pushgateway(tmp_path) as address:
        (tmp_path / "ports.json").write_text(json.dumps({"pushgateway": int(address.rpartition(":")[2])}))
        loop = open_loop(Settings(local_dir=tmp_path), Terminal(tmp_path / "timings.json"))
        yield Drilled(loop, {}, print, iter(()))


def jobs(on: Drilled) -> list[str]:
    """The jobs of the groups that the pushgateway has."""
    samples = pushed(on.loop.pushgateway_url)
    return sorted(sample.labels["job"] for sample in samples if sample.name == "push_time_seconds")


def test_a_refused_push_is_newer_than_the_one_before_until_it_is_mended(on: Drilled) -> None:
    drill, record = DRILLS["PushFailures"], Record(on.loop.state_dir, "PushFailures")

    drill.plant(on, record)
    times = {sample.name: sample.value for sample in pushed(on.loop.pushgateway_url) if sample.labels.get("job")}
    assert times["push_failure_time_seconds"] > times["push_time_seconds"] > 0

    drill.mend(on, record)
    assert jobs(on) == []


def test_all_groups_of_functions_can_be_deleted_and_no_others(on: Drilled) -> None:
    url = on.loop.pushgateway_url
    for job in (JOB_MONITOR, f"{JOB_FUNCTIONS}/instance/a", f"{JOB_FUNCTIONS}/instance/b"):
        httpx.put(f"{url}/metrics/job/{job}").raise_for_status()

    assert Pushgateway(url).delete_silent(0).deleted == 2

    assert jobs(on) == [JOB_MONITOR]
