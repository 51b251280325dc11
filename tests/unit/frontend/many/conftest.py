"""Jobs whose files are removed after the test."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Protocol

import pytest

from frontend.many.job import Job, Patience
from frontend.many.upload import Upload
from tests.unit.frontend.many.fake_api import IMPATIENT, WAIT_S, FakeApi, places

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator


class MakeJob(Protocol):
    def __call__(
        self, content: str, api: FakeApi, patience: Patience = ..., running: threading.Semaphore | None = None
    ) -> Job: ...


@pytest.fixture
def job_of() -> Iterator[MakeJob]:
    jobs: list[Job] = []

    def make(
        content: str, api: FakeApi, patience: Patience = IMPATIENT, running: threading.Semaphore | None = None
    ) -> Job:
        job = Job(api, Upload(BytesIO(content.encode()), places()), running or places(), patience)
        jobs.append(job)
        return job

    yield make
    for job in jobs:
        job.close()
        job.wait(WAIT_S)
