"""Jobs whose files are removed after the test."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Protocol

import pytest

from frontend.many.job import Job, Patience
from frontend.many.places import Places
from frontend.many.upload import Upload
from tests.unit.frontend.many.fake_api import IMPATIENT, WAIT_S, FakeApi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class MakeJob(Protocol):
    def __call__(self, content: str, api: FakeApi, patience: Patience = ...) -> Job: ...


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    places = Places(running=1, files=2, parent=tmp_path)
    yield places
    places.close()


@pytest.fixture
def job_of(places: Places) -> Iterator[MakeJob]:
    jobs: list[Job] = []

    def make(content: str, api: FakeApi, patience: Patience = IMPATIENT) -> Job:
        job = Job(api, Upload(BytesIO(content.encode()), places), places.running, patience=patience)
        jobs.append(job)
        return job

    yield make
    for job in jobs:
        job.close()
        job.wait(WAIT_S)
