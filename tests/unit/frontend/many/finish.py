"""Waits for jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.frontend.many.fake_api import WAIT_S

if TYPE_CHECKING:
    from frontend.many.job import Job


def finish(job: Job) -> None:
    job.wait(WAIT_S)
    assert job.progress.state != "running"


def run(job: Job) -> None:
    job.start(None)
    finish(job)
