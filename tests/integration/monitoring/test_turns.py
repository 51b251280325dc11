"""One run of the monitor at a time has its turn, even if others are slow or killed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from monitoring.monitor import turns
from monitoring.monitor.turns import Turn, TurnError, Turns

if TYPE_CHECKING:
    from tests.integration.resources import Resources


@pytest.fixture
def of_all(resources: Resources) -> Turns:
    return Turns(resources.monitoring, resources.dynamodb)


def test_runs_at_once_have_their_turns_one_after_the_other(of_all: Turns) -> None:
    having = threading.Lock()

    def run(_: int) -> bool:
        with of_all.take():
            alone = having.acquire(blocking=False)
            having.release()
        return alone

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(run, range(12)))


def test_a_run_that_fails_gives_its_turn_back(of_all: Turns) -> None:
    with pytest.raises(RuntimeError), of_all.take():
        raise RuntimeError
    with of_all.take() as turn:
        turn.check(needed_s=0)


def test_the_turn_of_a_run_that_was_killed_is_taken(of_all: Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    killed = of_all.take()
    killed.__enter__()
    monkeypatch.setattr(turns, "LEASE_S", 0.5)
    with of_all.take() as turn:
        turn.check(needed_s=0)


def test_a_turn_that_lasted_too_long_ends_before_the_push(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LEASE_S", 10.0)
    with pytest.raises(TurnError, match="reading took longer than 0 s"):
        Turn().check(needed_s=10.0)
