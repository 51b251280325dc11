"""A job predicts each row once, whatever happens in between, and stops with a sentence."""

from __future__ import annotations

import gzip
import json
import threading
import tracemalloc
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from frontend.clients.problems import ProblemError
from frontend.many import job as job_module
from frontend.many.job import Job
from frontend.many.upload import Upload
from tests.unit.frontend.many.fake_api import (
    IMPATIENT,
    PATIENT,
    REFUSED,
    THROTTLED,
    WAIT_S,
    FakeApi,
    Gate,
    answer_to,
    lines,
)
from tests.unit.frontend.many.finish import finish, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from frontend.many.places import Places
    from sentiment.schemas.api import PredictionAnswer
    from tests.unit.frontend.many.conftest import MakeJob

MEBIBYTE = 1024**2


def rows_in(job: Job) -> list[int]:
    return [result["row"] for result in job.results]


def fails_at(*calls: int, error: Exception = THROTTLED) -> FakeApi:
    def before(call: int) -> None:
        if call in calls:
            raise error

    return FakeApi(before)


def test_each_row_has_a_result_in_the_order_of_the_file(job_of: MakeJob) -> None:
    content = "".join(json.dumps({"text": text}) + "\n" for text in ("good", "so so", " ", "bad", "x" * 10_001))
    job = job_of(content, FakeApi())
    run(job)

    assert [(one["row"], one.get("label"), one.get("problem")) for one in job.results] == [
        (1, "positive", None),
        (2, "positive", None),
        (3, None, "the text is empty"),
        (4, "negative", None),
        (5, None, "the text is longer than 10,000 characters"),
    ]
    progress = job.progress
    assert (progress.state, progress.rows, progress.done) == ("done", 5, 5)
    assert progress.outcomes == {"positive": 1, "undecided": 1, "negative": 1}
    assert [(row.number, row.line) for row in progress.first_unread] == [(3, 3), (5, 0)]
    assert progress.unread == 2


def test_throttling_is_waited_for_and_costs_no_row(job_of: MakeJob) -> None:
    api = fails_at(1, 2, 4)
    job = job_of(lines(250), api, PATIENT)
    run(job)

    assert job.progress.state == "done"
    assert rows_in(job) == list(range(1, 251))
    assert len(api.asked) == len(set(api.asked)) == 250
    assert api.calls == 3 + 3


def test_a_job_that_stopped_goes_on_behind_the_last_result(job_of: MakeJob) -> None:
    api = fails_at(2)
    job = job_of(lines(250), api)
    run(job)
    assert (job.progress.state, job.progress.problem) == ("stopped", str(THROTTLED))
    assert rows_in(job) == list(range(1, 101))

    job.go_on()
    finish(job)
    assert (job.progress.state, job.progress.problem) == ("done", "")
    assert rows_in(job) == list(range(1, 251))
    assert len(api.asked) == len(set(api.asked)) == 250
    assert job.progress.outcomes["positive"] == 250


def test_what_may_not_be_repeated_stops_at_once(job_of: MakeJob) -> None:
    api = fails_at(1, error=REFUSED)
    job = job_of(lines(5), api, PATIENT)
    run(job)
    assert (job.progress.state, job.progress.problem, api.calls) == ("stopped", str(REFUSED), 1)


def test_why_a_request_is_tried_again_is_said_meanwhile(job_of: MakeJob) -> None:
    gate = Gate(at=2)
    hold = gate.api.before

    def before(call: int) -> None:
        hold(call)
        if call == 1:
            raise THROTTLED

    gate.api.before = before
    job = job_of(lines(5), gate.api, PATIENT)
    job.start(None)
    assert gate.reached.wait(WAIT_S)
    assert job.progress.waiting == str(THROTTLED)
    gate.opened.set()
    finish(job)
    assert job.progress.waiting == ""


def test_a_cancelled_job_keeps_its_results_and_can_go_on(job_of: MakeJob) -> None:
    gate = Gate(at=2)
    job = job_of(lines(350), gate.api)
    job.start(None)
    assert gate.reached.wait(WAIT_S)
    job.cancel()
    assert job.is_cancelling
    gate.opened.set()
    finish(job)
    assert (job.progress.state, rows_in(job)) == ("cancelled", list(range(1, 201)))

    job.go_on()
    finish(job)
    assert (job.progress.state, rows_in(job)) == ("done", list(range(1, 351)))
    assert len(gate.api.asked) == 350


def test_a_job_that_waits_for_a_busy_api_can_be_cancelled(job_of: MakeJob) -> None:
    waits = threading.Event()

    def busy(_call: int) -> None:
        waits.set()
        raise THROTTLED

    job = job_of(lines(5), FakeApi(busy), job_module.Patience(first_wait=600, longest_wait=600, tried=6000))
    job.start(None)
    assert waits.wait(WAIT_S)
    job.cancel()
    finish(job)
    assert (job.progress.state, job.progress.problem) == ("cancelled", "")


def test_a_double_click_starts_one_thread(job_of: MakeJob) -> None:
    gate = Gate(at=1)
    job = job_of(lines(150), gate.api)
    for _ in range(3):
        job.start(None)
        job.go_on()
    assert gate.reached.wait(WAIT_S)
    gate.opened.set()
    finish(job)
    job.start(None)
    job.go_on()
    assert rows_in(job) == list(range(1, 151))
    assert gate.api.calls == 2


def test_only_so_many_jobs_run_at_once(job_of: MakeJob) -> None:
    gate = Gate(at=1)
    first, second = job_of(lines(1), gate.api), job_of(lines(1), FakeApi())
    first.start(None)
    with pytest.raises(ProblemError, match="Other files are being predicted at the moment"):
        second.start(None)

    gate.opened.set()
    finish(first)
    run(second)
    assert second.progress.state == "done"


def test_a_full_disk_stops_the_job_and_costs_no_row(job_of: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    api = FakeApi()
    job = job_of(lines(150), api)
    with monkeypatch.context() as full:
        full.setattr(job.results, "append", fails_at(1, error=OSError(28, "full")).predict_batch)
        run(job)
    assert job.progress.problem == "The server cannot store the predictions: its disk may be full."
    assert rows_in(job) == []
    job.go_on()
    finish(job)
    assert rows_in(job) == list(range(1, 151))
    assert len(api.asked) == 150, "what had an answer is not sent again"


def test_a_job_ends_when_nobody_has_its_page_open_any_more(places: Places) -> None:
    api = FakeApi()
    upload = Upload(BytesIO(lines(250).encode()), places)
    job = Job(api, upload, places.running, lambda: False, replace(IMPATIENT, alone=0))
    run(job)
    assert job.progress.state == "cancelled"
    assert api.calls == 0
    assert not upload.file.parent.exists()


def test_blank_lines_do_not_delay_the_end_of_a_cancelled_job(places: Places) -> None:
    content = gzip.compress(b"text\ngood\n" + b"\n" * 50_000_000)
    job = Job(FakeApi(), Upload(BytesIO(content), places), places.running)
    job.start(None)
    job.cancel()
    finish(job)
    assert job.progress.state == "cancelled"
    job.close()


def test_texts_that_are_long_as_json_are_spread_over_requests(job_of: MakeJob) -> None:
    api = FakeApi()
    job = job_of("text\n" + ("\x01" * 9_999 + "a\n") * 120, api)
    run(job)
    assert job.progress.state == "done"
    assert api.calls == 8, "each of at most a million bytes"


def test_a_mistake_in_the_thread_leaves_no_job_running(
    job_of: MakeJob, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []
    monkeypatch.setattr(threading, "excepthook", seen.append)
    job = job_of(lines(1), fails_at(1, error=ZeroDivisionError()))
    run(job)
    assert (job.progress.state, job.progress.problem) == ("stopped", "This application made a mistake.")
    assert places.running.acquire(blocking=False)
    assert len(seen) == 1


def test_a_file_with_too_many_rows_is_refused_first(job_of: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_module, "MAX_ROWS", 120)
    api = FakeApi()
    job = job_of(lines(121), api)
    run(job)
    assert (job.progress.problem, api.calls) == ("The file has more than 120 rows. Split it.", 0)


def test_long_texts_are_sent_in_smaller_requests(job_of: MakeJob) -> None:
    api = FakeApi()
    run(job_of("text\n" + ("é" * 9_000 + "\n") * 100, api))
    assert (api.calls, len(api.asked)) == (2, 100)


def test_the_time_left_is_estimated_once_there_is_an_answer(job_of: MakeJob) -> None:
    gate = Gate(at=2)
    job = job_of(lines(200), gate.api)
    job.start(None)
    assert gate.reached.wait(WAIT_S)
    assert job.progress.rows == 200
    assert job.progress.seconds_left is not None
    gate.opened.set()
    finish(job)
    assert job.progress.seconds_left is None


class Forgetful(FakeApi):
    """Keeps nothing of what it is asked, so that only the job's memory is measured."""

    def predict_batch(self, texts: Sequence[str]) -> list[PredictionAnswer]:
        return [answer_to(texts[0])] * len(texts)


def test_a_large_file_is_not_kept_in_memory(job_of: MakeJob) -> None:
    run(job_of(lines(500), Forgetful()))  # what is imported and cached is not counted
    job = job_of(lines(20_000, more=" and more" * 40), Forgetful())  # 7.5 MB, and 12 MB of results
    tracemalloc.start()
    try:
        run(job)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert job.progress.done == 20_000
    assert peak < 4 * MEBIBYTE
