"""A state folder with its supervisor for each test, whose processes are ended afterwards.

One Airflow is shared by all tests, because it takes a while to start.
"""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.bundle_layout import DAGS
from local.loop import open_loop
from local.ports import free_port
from local.processes import end
from local.settings import Settings, Target
from local.terminal import Terminal
from ops import aws
from ops.bundle import build, sync
from tests.integration.local.airflow.running import RunningAirflow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.loop import Loop


@contextmanager
def loop_in(folder: Path) -> Iterator[Loop]:
    """Open a loop for the body, and end its processes."""
    settings = Settings(local_dir=folder / "state", emulator_port=free_port(), mlflow_port=free_port())
    loop = open_loop(settings, Terminal(folder / "timings.json"))
    yield loop
    _end(loop)


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    with loop_in(tmp_path) as one:
        yield one


@pytest.fixture(scope="session")
def airflow(emulator: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAirflow]:
    """Airflow on the bundle of this checkout with further DAGs that inspect it, started as `make up` does."""
    folder = tmp_path_factory.mktemp("airflow")
    settings = Settings(
        target=Target.LOCALSTACK,
        loop_name="Testing",
        endpoint=emulator,
        local_dir=folder,
        airflow_port=free_port(),
        mwaa_port=free_port(),
        stop_timeout_s=20,
    )
    loop = open_loop(settings, Terminal(folder / "timings.json"))
    s3 = aws.client(loop, "s3")
    bucket = f"mwaa-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    probes = {f"{DAGS}{path.name}": path.read_bytes() for path in _PROBES.glob("*.py")}
    told = {
        "PROBED": "a value with 'quotes' and $HOME",
        "PROBED_BUCKET": bucket,
        "PROBED_ENVIRONMENT": settings.loop_name,
        "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",  # a test may run at three on a Monday, too
    }
    sync(s3, bucket, build(told) | probes)
    running = RunningAirflow(loop, bucket, s3)
    try:
        running.make_up()
        yield running
    finally:
        _end(loop)


def pytest_runtest_teardown(item: pytest.Function, nextitem: pytest.Function | None) -> None:
    """Stop Airflow after the last test that needs it: with nothing to do it takes a fifth of a processor."""
    running = item.funcargs.get("airflow")
    if isinstance(running, RunningAirflow) and (nextitem is None or "airflow" not in nextitem.fixturenames):
        _end(running.loop)


_PROBES = Path(__file__).parent / "airflow" / "dags"


def _end(loop: Loop) -> None:
    if loop.supervisor.is_running():
        for state in loop.supervisor.states():
            loop.supervisor.stop(state.name)
        loop.supervisor.shutdown()
    end(loop.supervisor.strays(), timeout_s=10)
