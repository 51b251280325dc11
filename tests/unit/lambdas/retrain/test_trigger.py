"""One run at a time, not too soon after the last, and the same one for everybody who asks at once."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from lambdas.retrain.errors import RetrainError
from lambdas.retrain.request import Request
from lambdas.retrain.rest import RestAirflow
from lambdas.retrain.trigger import trigger
from tests.unit.lambdas.retrain.fake_mwaa import NOW, FakeMwaa, api_error, rest_error

if TYPE_CHECKING:
    from mypy_boto3_mwaa import MWAAClient

    from lambdas.retrain.trigger import Answer

COOLDOWN_S = 900


def ask(mwaa: FakeMwaa, *, force: bool = False, now: datetime = NOW) -> Answer:
    airflow = RestAirflow("SentimentLoop", cast("MWAAClient", mwaa), lambda: None)
    return trigger(Request(force=force), airflow, cooldown_s=COOLDOWN_S, now=lambda: now)


def test_a_run_is_started_and_has_an_id_that_any_path_takes() -> None:
    mwaa = FakeMwaa()

    answer = ask(mwaa)

    assert answer["state"] == "started"
    assert set(mwaa.runs) == {answer["run_id"]}
    assert re.fullmatch(r"retrain__[0-9a-f]{16}", answer["run_id"])


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_run_that_is_under_way_is_answered_whoever_started_it_and_however_urgent_it_is(
    state: str, *, force: bool
) -> None:
    mwaa = FakeMwaa()
    mwaa.add("scheduled__2026-11-23", state, began=timedelta(hours=2))

    answer = ask(mwaa, force=force)

    assert (answer["run_id"], answer["state"]) == ("scheduled__2026-11-23", "running")
    assert len(mwaa.runs) == 1


def test_an_old_run_that_was_cleared_and_runs_again_is_under_way() -> None:
    mwaa = FakeMwaa()
    mwaa.add("old", "running", began=timedelta(days=9))
    mwaa.add("new", "success", began=timedelta(hours=9))

    assert ask(mwaa)["run_id"] == "old"


@pytest.mark.parametrize("state", ["success", "failed"])
def test_soon_after_a_run_the_caller_is_told_how_long_to_wait(state: str) -> None:
    mwaa = FakeMwaa()
    mwaa.add("last", state, began=timedelta(minutes=14, seconds=30.4))

    answer = ask(mwaa)

    assert (answer["run_id"], answer["state"], answer["seconds_left"]) == ("last", "cooling_down", 30)
    assert len(mwaa.runs) == 1


def test_after_the_cooldown_or_with_force_the_next_one_starts() -> None:
    mwaa = FakeMwaa()
    mwaa.add("last", "success", began=timedelta(seconds=COOLDOWN_S))
    assert ask(mwaa)["state"] == "started"

    mwaa = FakeMwaa()
    mwaa.add("last", "success", began=timedelta(seconds=1))
    assert ask(mwaa, force=True)["state"] == "started"


def test_a_clock_that_is_behind_that_of_airflow_cools_down_no_longer_than_the_cooldown() -> None:
    mwaa = FakeMwaa()
    mwaa.add("last", "success", began=timedelta(days=-3))

    assert ask(mwaa)["seconds_left"] == COOLDOWN_S


class Late(FakeMwaa):
    """What its caller sees at first is from before any run."""

    stale = True

    def answer(self, method: str, path: str, given: dict[str, Any]) -> dict[str, Any]:
        if method == "GET" and path.endswith("/dagRuns") and self.stale:
            self.stale = False
            return {"dag_runs": []}
        return super().answer(method, path, given)


def test_two_callers_who_saw_the_same_ask_for_the_same_run_of_which_there_is_one() -> None:
    first = FakeMwaa()
    started = ask(first)
    second = Late(runs=first.runs)

    answer = ask(second)

    assert (answer["run_id"], answer["state"]) == (started["run_id"], "running")
    assert len(first.runs) == 1


def test_a_run_that_ended_between_two_looks_is_looked_at_again() -> None:
    first = FakeMwaa()
    ended = ask(first)["run_id"]
    first.end(ended)

    assert ask(Late(runs=first.runs))["state"] == "cooling_down"
    assert ask(Late(runs=first.runs), force=True)["state"] == "started"
    assert len(first.runs) == 2


def test_each_run_has_an_id_of_its_own() -> None:
    mwaa = FakeMwaa()
    for _ in range(5):
        mwaa.end(ask(mwaa, force=True)["run_id"])

    assert len(mwaa.runs) == 5


def test_an_airflow_with_a_new_database_gives_no_id_again_under_which_something_was_kept() -> None:
    before, after = FakeMwaa(version="one"), FakeMwaa(version="two")
    assert ask(before)["run_id"] != ask(after)["run_id"]

    for mwaa, began in ((before, timedelta(days=7)), (after, timedelta(hours=7))):
        mwaa.runs.clear()
        mwaa.add("scheduled__2026-11-16", "success", began=began)
    assert ask(before)["run_id"] != ask(after)["run_id"]


def test_a_lost_answer_is_asked_for_again_and_finds_its_run() -> None:
    class LosesAnswers(FakeMwaa):
        def answer(self, method: str, path: str, given: dict[str, Any]) -> dict[str, Any]:
            answer = super().answer(method, path, given)
            if method == "POST":
                raise ReadTimeoutError(endpoint_url="http://mwaa")
            return answer

    mwaa = LosesAnswers()
    with pytest.raises(RetrainError, match="does not answer"):
        ask(mwaa)

    (run_id,) = mwaa.runs
    answer = ask(mwaa)
    assert (answer["run_id"], answer["state"]) == (run_id, "running")


def test_a_paused_dag_is_said_so_and_gets_no_run_that_would_wait_for_ever() -> None:
    mwaa = FakeMwaa(paused=True)

    with pytest.raises(RetrainError, match="paused") as error:
        ask(mwaa)

    assert error.value.code == "dag_paused"
    assert not mwaa.runs


@pytest.mark.parametrize(
    ("failure", "code", "said"),
    [
        (ConnectTimeoutError(endpoint_url="http://mwaa"), "airflow_unreachable", "Airflow does not answer"),
        (api_error(503, "ServiceUnavailable"), "airflow_unreachable", "Airflow does not answer"),
        (rest_error(500, {"detail": "boom"}), "airflow_unreachable", "Airflow does not answer"),
        (api_error(404, "ResourceNotFoundException"), "airflow_unreachable", "no such Airflow environment"),
        (api_error(403, "AccessDeniedException"), "airflow_refused", "lets nobody in"),
        (rest_error(403, {"detail": "no"}), "airflow_refused", "lets nobody in"),
        (rest_error(422, {"detail": "wrong order_by"}), "airflow_failed", "wrong order_by"),
        (rest_error(404, {"detail": "not found"}), "dag_missing", "does not know fast_retrain_dag"),
    ],
)
def test_what_went_wrong_is_said_in_words(failure: Exception, code: str, said: str) -> None:
    with pytest.raises(RetrainError, match=said) as error:
        ask(FakeMwaa(fails=[failure, failure]))

    assert error.value.code == code


@pytest.mark.parametrize(
    "nonsense",
    [
        {"dag_runs": "none"},
        {},
        {"dag_runs": [{"dag_run_id": "a", "state": "success", "start_date": "yesterday"}]},
        {"dag_runs": [{"dag_run_id": "a", "state": "success"}]},
        {"dag_runs": [{"state": "success", "start_date": NOW.isoformat()}]},
    ],
)
def test_an_answer_that_makes_no_sense_starts_nothing(nonsense: dict[str, Any]) -> None:
    class Confused(FakeMwaa):
        def answer(self, method: str, path: str, given: dict[str, Any]) -> dict[str, Any]:
            if path.endswith("/dagRuns"):
                assert method == "GET"
                return nonsense
            return super().answer(method, path, given)

    with pytest.raises(RetrainError) as error:
        ask(Confused())

    assert error.value.code == "airflow_failed"


def test_an_airflow_that_says_of_every_run_that_it_is_there_already_is_not_asked_for_ever() -> None:
    class Stubborn(FakeMwaa):
        def answer(self, method: str, path: str, given: dict[str, Any]) -> dict[str, Any]:
            if method == "POST":
                self.add(given["Body"]["dag_run_id"], "success", began=timedelta(days=1))
            return super().answer(method, path, given)

    mwaa = Stubborn()
    with pytest.raises(RetrainError, match="already there"):
        ask(mwaa, force=True)

    assert sum(method == "POST" for method, _ in mwaa.calls) == 3
