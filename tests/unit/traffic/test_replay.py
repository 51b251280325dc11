"""Visits over real HTTP: each ends in exactly one count, whatever the API does."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.traffic.api import says, serving, well
from tests.unit.traffic.sent import sent
from traffic import client
from traffic.client import Api
from traffic.replay import Replay
from traffic.tally import Tally
from traffic.visits import Crowd, visits

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.traffic.api import Answer, FakeApi, Reply

KNOWN = [sent(f"y {number}", "positive") for number in range(30)]
FRESH = [sent(f"n {number}", "negative", product_id="P1") for number in range(30)]


def replay(
    api: FakeApi,
    count: int,
    *,
    rate: float = 1000,
    crowd: Crowd | None = None,
    stop_after: int | None = None,
    concurrency: int = 4,
) -> Tally:
    tally, stopped = Tally(), threading.Event()
    ours = Api(api.url, "key", stopped=stopped, on_wait=lambda: tally.count(waited=1), connections=concurrency)

    def changed() -> None:
        if stop_after is not None and tally.ended >= stop_after:
            stopped.set()

    run = Replay(ours, tally, stopped=stopped, rate=rate, concurrency=concurrency)
    run.run(visits(KNOWN, FRESH, new=0.5, crowd=crowd or Crowd(5), seed=3), count, changed, lambda _: None)
    return tally


def failing_first(times: int, reply: Callable[[], Reply]) -> Answer:
    left = iter(range(times))

    def answer(path: str, body: dict[str, Any]) -> Reply:
        return reply() if next(left, None) is not None else well(path, body)

    return answer


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_FIRST_PAUSE_S", 0.01)


def test_every_visit_gets_a_prediction_and_true_feedback() -> None:
    with serving(well) as api:
        tally = replay(api, 60)

    assert (tally.begun, tally.right, tally.wrong, tally.feedback, tally.failures) == (60, 60, 0, 60, 0)
    verdicts = [body["verdict"] for path, body in api.calls if path == "/feedback"]
    assert verdicts == ["up"] * 60
    assert {body["product_id"] for path, body in api.calls if path == "/predict" and "n" in body["text"]} == {"P1"}


def test_a_wrong_prediction_gets_thumbs_down_and_a_liar_says_the_opposite() -> None:
    def always_positive(path: str, body: dict[str, Any]) -> Reply:
        return (
            says(200, {"prediction_id": body["text"], "label": "positive"}) if path == "/predict" else well(path, body)
        )

    with serving(always_positive) as api:
        tally = replay(api, 40, crowd=Crowd(2, malicious=0.5))

    assert tally.right + tally.wrong == 40
    assert tally.wrong > 5
    assert tally.false_feedback == 20
    liar = {body["rater"] for path, body in api.calls if path == "/feedback"} - {"visitor-00001"}
    for path, body in api.calls:
        if path == "/feedback":
            truth = "up" if body["prediction_id"].startswith("y") else "down"
            assert (body["verdict"] == truth) == (body["rater"] not in liar)


@pytest.mark.parametrize("status", [429, 503])
def test_all_visits_wait_as_long_as_the_api_asks_and_none_is_lost(status: int) -> None:
    busy = failing_first(3, lambda: says(status, {"error": {"code": "throttled"}}, retry_after="1"))
    with serving(busy) as api:
        began = time.monotonic()
        tally = replay(api, 20)
        took_s = time.monotonic() - began

    assert (tally.feedback, tally.failures, tally.waited) == (20, 0, 3)
    assert took_s >= 1.0


def test_a_refused_request_is_counted_by_its_reason_and_not_repeated() -> None:
    def refuses(_path: str, _body: dict[str, Any]) -> Reply:
        return says(403, {"error": {"code": "forbidden", "message": "no"}})

    with serving(refuses) as api:
        tally = replay(api, 10)

    assert tally.failed == {"/predict: 403 forbidden": 10}
    assert len(api.calls) == 10


def test_feedback_that_fails_leaves_the_prediction_counted() -> None:
    def forgets(path: str, body: dict[str, Any]) -> Reply:
        return well(path, body) if path == "/predict" else says(404, {"error": {"code": "not_found"}})

    with serving(forgets) as api:
        tally = replay(api, 10)

    assert (tally.right, tally.feedback, tally.failed) == (10, 0, {"/feedback: 404 not_found": 10})


@pytest.mark.parametrize("nonsense", [b"<html>", b"[]", b""])
def test_an_answer_that_is_no_json_object_is_a_failure(nonsense: bytes) -> None:
    with serving(lambda _path, _body: (200, {}, nonsense)) as api:
        tally = replay(api, 5)

    assert tally.failures == 5
    assert len(tally.failed) == 1


def test_an_api_that_is_gone_fails_every_visit_without_hanging() -> None:
    with serving(well) as api:
        pass
    tally = replay(api, 5)

    assert tally.failed == {"/predict: no connection": 5}


def test_an_api_that_never_answers_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIMEOUT_S", (0.2, 0.2))
    monkeypatch.setattr(client, "ATTEMPTS", 2)
    release = threading.Event()

    def silent(_path: str, _body: dict[str, Any]) -> Reply:
        release.wait(10)
        return says(200, {})

    with serving(silent) as api:
        tally = replay(api, 3)
        release.set()

    assert tally.failed == {"/predict: no answer in time": 3}


def test_stopping_finishes_and_counts_the_visits_in_progress() -> None:
    with serving(well) as api:
        tally = replay(api, 10_000, stop_after=20)

    assert 20 <= tally.begun <= 30
    assert tally.begun == tally.ended
    assert sum(path == "/predict" for path, _ in api.calls) == tally.begun


def test_stopping_does_not_wait_for_requests_to_be_repeated_later() -> None:
    asked = threading.Event()

    def busy(_path: str, _body: dict[str, Any]) -> Reply:
        asked.set()
        return says(503, {"error": {"code": "busy"}}, retry_after="60")

    with serving(busy) as api:
        tally, stopped = Tally(), threading.Event()
        ours = Api(api.url, "key", stopped=stopped, on_wait=lambda: tally.count(waited=1), connections=4)
        run = Replay(ours, tally, stopped=stopped, rate=1000, concurrency=4)

        def stop_when_asked_to_wait() -> None:
            asked.wait(10)
            stopped.set()

        stopper = threading.Thread(target=stop_when_asked_to_wait)
        stopper.start()
        began = time.monotonic()
        run.run(visits(KNOWN, FRESH, new=0.5, crowd=Crowd(5), seed=3), 100, lambda: None, lambda _: None)
        stopper.join()

    assert time.monotonic() - began < 10
    assert (
        tally.begun
        == tally.ended
        == tally.failed["stopped"] + sum(times for cause, times in tally.failed.items() if cause != "stopped")
    )


def test_the_rate_and_the_concurrency_are_kept() -> None:
    under_way, most, lock = 0, 0, threading.Lock()

    def slow(path: str, body: dict[str, Any]) -> Reply:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        threading.Event().wait(0.01)
        with lock:
            under_way -= 1
        return well(path, body)

    with serving(slow) as api:
        began = time.monotonic()
        replay(api, 30, rate=50, concurrency=3)
        took_s = time.monotonic() - began

    assert took_s >= 29 / 50
    assert most <= 3


def test_a_bug_is_counted_and_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> dict[str, Any]:
        raise ZeroDivisionError

    monkeypatch.setattr(Api, "predict", broken)
    with serving(well) as api, pytest.raises(ZeroDivisionError):
        replay(api, 3)
