"""Pushes are started rarely, one at a time, more rarely while they fail, and no caller sees an error of one."""

from __future__ import annotations

import logging
import threading
from itertools import pairwise

import pytest

from lambdas.shared.pushing.pushes import INTERVAL_S, LONGEST_PAUSE_S, PushError, Pushes

WAIT_S = 10


class World:
    """A clock that tests set, and a push that they let fail."""

    def __init__(self) -> None:
        self.now = 0.0
        self.error: Exception | None = None
        self.failures_before: list[int] = []
        self.pushes = Pushes(self._push, lambda: self.now)

    def _push(self, failures: int) -> None:
        self.failures_before.append(failures)
        if self.error:
            raise self.error

    def call(self, at: float) -> int:
        """Begin a call, wait for the push that it may have started, and return how many there were so far."""
        self.now = at
        self.pushes.start_if_due()
        for thread in threading.enumerate():
            if thread.name == "push":
                thread.join(WAIT_S)
        return len(self.failures_before)


@pytest.fixture
def world() -> World:
    return World()


def test_pushes_begin_at_most_every_ten_seconds(world: World) -> None:
    times = (0, 1, 9.9, 10, 12, 19.9, 35, 44.9, 45)
    assert [world.call(at) for at in times] == [1, 1, 1, 2, 2, 2, 3, 3, 4]


def test_a_call_goes_on_while_a_push_hangs_and_starts_no_second() -> None:
    began, end = threading.Event(), threading.Event()
    pushed = []

    def hang(failures: int) -> None:
        pushed.append(failures)
        began.set()
        end.wait(WAIT_S)

    clock = iter(range(0, 10_000, 1000))
    pushes = Pushes(hang, lambda: float(next(clock)))
    pushes.start_if_due()
    assert began.wait(WAIT_S)
    (thread,) = (thread for thread in threading.enumerate() if thread.name == "push")
    pushes.start_if_due()
    assert thread.is_alive(), "it hung while the calls returned"
    end.set()
    thread.join(WAIT_S)
    assert pushed == [0]


def test_pauses_between_failing_pushes_double_up_to_ten_minutes(world: World) -> None:
    world.error = PushError("down")
    starts, pushed = [], 0
    for second in range(4000):
        if world.call(second) > pushed:
            starts.append(second)
            pushed += 1
    pauses = [later - earlier for earlier, later in pairwise(starts)]
    assert pauses[:6] == [60, 120, 240, 480, LONGEST_PAUSE_S, LONGEST_PAUSE_S]
    assert world.failures_before[:3] == [0, 1, 2]

    world.error = None
    first = world.call(5000)
    assert world.call(5000 + INTERVAL_S) == first + 1
    world.error = PushError("down again")
    failed = world.call(5020)
    assert [world.call(at) for at in (5079.9, 5080)] == [failed, failed + 1]


def test_a_failure_is_logged_once_and_so_is_its_end(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="lambdas")
    for at, error in enumerate((None, "ConnectionRefusedError", "ConnectionRefusedError", "no answer", None, None)):
        world.error = PushError(error) if error else None
        world.call(at * 1000)

    assert [record.getMessage() for record in caplog.records] == [
        "metrics are not pushed: ConnectionRefusedError",
        "metrics are not pushed: no answer",
        "metrics are pushed again",
    ]


def test_a_system_without_threads_only_fails_the_push(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert world.call(0) == 0
    assert world.call(59) == 0
    assert world.call(60) == 1
    assert world.failures_before == [1]


def test_an_error_that_nobody_foresaw_does_not_end_the_pushes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tracebacks: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", tracebacks.append)
    world.error = ZeroDivisionError()
    world.call(0)
    world.error = None

    assert world.call(60) == 2
    assert world.failures_before == [0, 1]
    assert [shown.exc_type for shown in tracebacks] == [ZeroDivisionError], "the system's log has it"
