"""A session has one file, and leaves none behind."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from frontend.many.current_file import CurrentFile
from tests.unit.frontend.many.fake_api import WAIT_S, FakeApi, Gate, lines
from tests.unit.frontend.many.finish import finish, run

if TYPE_CHECKING:
    from tests.unit.frontend.many.conftest import MakeJob


def test_files_are_removed_when_another_replaces_them(job_of: MakeJob) -> None:
    current, first, second = CurrentFile(), job_of(lines(1), FakeApi()), job_of(lines(1), FakeApi())
    current.put(first)
    run(first)
    current.put(second)
    assert not first.upload.file.parent.exists()
    assert second.upload.file.exists()
    current.clear()
    assert current.job is None
    assert not second.upload.file.parent.exists()


def test_a_session_that_ends_cancels_its_job_and_removes_its_files(job_of: MakeJob) -> None:
    gate, current = Gate(at=1), CurrentFile()
    job = job_of(lines(250), gate.api)
    current.put(job)
    job.start(None)
    assert gate.reached.wait(WAIT_S)
    del current
    gc.collect()
    assert job.is_cancelling
    assert job.upload.file.exists()  # until the thread has ended
    gate.opened.set()
    finish(job)
    assert not job.upload.file.parent.exists()
    assert gate.api.calls == 1
