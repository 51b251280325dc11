"""Runs start one at a time, not within the cooldown, and once for everybody who asks at the same moment."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from lambdas.retrain.errors import RetrainError
from lambdas.retrain.rest import RestAirflow
from lambdas.retrain.trigger import Request, trigger
from tests.unit.lambdas.retrain.fake_mwaa import NOW, FakeMwaa, api_error, rest_error

if TYPE_CHECKING:
    from mypy_boto3_mwaa import MWAAClient

    from lambdas.retrain.trigger import Answer

COOLDOWN_S = 900


def ask(mwaa: FakeMwaa, *, force: bool = False, now: datetime = NOW) -> Answer:
    airflow = RestAirflow("SentimentLoop", cast("MWAAClient", mwaa), lambda: None)
    return trigger(Request(force=force), airflow, cooldown_s=COOLDOWN_S, now=lambda: now)


def test_a_started_run_has_an_id_that_is_safe_in_paths() -> None:
    mwaa = FakeMwaa()

    answer = ask(mwaa)

    assert answer["state"] == "started"
    assert set(mwaa.runs) == {answer["run_id"]}
    assert re.fullmatch(r"retrain__[0-9a-f]{16}", answer["run_id"])


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("state", ["queued", "running"])
def test_an_active_run_is_returned_even_with_force(state: str, *, force: bool) -> None:
    mwaa = FakeMwaa()
    mwaa.add("scheduled__2026-11-23", state, began=timedelta(hours=2))

    answer = ask(mwaa, force=force)

    assert (answer["run_id"], answer["state"]) == ("scheduled__2026-11-23", "running")
    assert len(mwaa.runs) == 1


def test_an_old_run_that_was_cleared_is_active_again() -> None:
    mwaa = FakeMwaa()
    mwaa.add("old", "running", began=timedelta(days=9))
    mwaa.add("new", "success", began=timedelta(hours=9))

    assert ask(mwaa)["run_id"] == "old"


@pytest.mark.parametrize("state", ["success", "failed"])
def test_within_the_cooldown_the_answer_has_the_seconds_left(state: str) -> None:
    mwaa = FakeMwaa()
    mwaa.add("last", state, began=timedelta(minutes=14, seconds=30.4))

    answer = ask(mwaa)

    assert (answer["run_id"], answer["state"], answer["seconds_left"]) == ("last", "cooling_down", 30)
    assert len(mwaa.runs) == 1


def test_after_the_cooldown_or_with_force_the_next_run_starts() -> None:
    mwaa = FakeMwaa()
    mwaa.add("last", "success", began=timedelta(seconds=COOLDOWN_S))
    assert ask(mwaa)["state"] == "started"

    mwaa = FakeMwaa()
    mwaa.add("last", "success", began=timedelta(seconds=1))
    assert ask(mwaa, force=True)["state"] == "started"


def test_a_run_started_in_the_future_cools_down_no_longer() -> None:
    mwaa = FakeMwaa()
    mwaa.add("last", "success", began=timedelta(days=-3))

    assert ask(mwaa)["seconds_left"] == COOLDOWN_S


class Late(FakeMwaa):
    """Its first list of runs is stale: it is empty."""

    stale = True

    def answer(self, method: str, path: str, given: dict[str, Any]) -> dict[str, Any]:
        if method == "GET" and path.endswith("/dagRuns") and self.stale:
            self.stale = False
            return {"dag_runs": []}
        return super().answer(method, path, given)


def test_callers_at_the_same_moment_get_the_same_run() -> None:
    first = FakeMwaa()
    started = ask(first)
    second = Late(runs=first.runs)

    answer = ask(second)

    assert (answer["run_id"], answer["state"]) == (started["run_id"], "running")
    assert len(first.runs) == 1


def test_a_run_that_ended_between_two_calls_is_read_again() -> None:
    first = FakeMwaa()
    ended = ask(first)["run_id"]
    first.end(ended)

    assert ask(Late(runs=first.runs))["state"] == "cooling_down"
    assert ask(Late(runs=first.runs), force=True)["state"] == "started"
    assert len(first.runs) == 2


def test_every_run_has_a_new_id() -> None:
    mwaa = FakeMwaa()
    for _ in range(5):
        mwaa.end(ask(mwaa, force=True)["run_id"])

    assert len(mwaa.runs) == 5


def test_a_new_airflow_database_does_not_reuse_ids() -> None:
    before, after = FakeMwaa(version="one"), FakeMwaa(version="two")
    assert ask(before)["run_id"] != ask(after)["run_id"]

    for mwaa, began in ((before, timedelta(days=7)), (after, timedelta(hours=7))):
        mwaa.runs.clear()
        mwaa.add("scheduled__2026-11-16", "success", began=began)
    assert ask(before)["run_id"] != ask(after)["run_id"]


def test_a_caller_whose_answer_was_lost_finds_its_run() -> None:
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


def test_a_paused_dag_is_an_error_and_gets_no_run() -> None:
    mwaa = FakeMwaa(paused=True)

    with pytest.raises(RetrainError, match="paused") as error:
        ask(mwaa)

    assert error.value.code == "dag_paused"
    assert not mwaa.runs


@pytest.mark.parametrize(
    ("failure", "code", "message"),
    [
        (ConnectTimeoutError(endpoint_url="http://mwaa"), "airflow_unreachable", "Airflow does not answer"),
        (api_error(503, "ServiceUnavailable"), "airflow_unreachable", "Airflow does not answer"),
        (rest_error(500, {"detail": "boom"}), "airflow_unreachable", "Airflow does not answer"),
        (api_error(404, "ResourceNotFoundException"), "airflow_unreachable", "no such Airflow environment"),
        (api_error(403, "AccessDeniedException"), "airflow_refused", "refuses these credentials"),
        (rest_error(403, {"detail": "no"}), "airflow_refused", "refuses this function's role"),
        (rest_error(422, {"detail": "wrong order_by"}), "airflow_failed", "wrong order_by"),
        (rest_error(404, {"detail": "not found"}), "dag_missing", "does not know fast_retrain_dag"),
    ],
)
def test_each_failed_call_has_its_code_and_message(failure: Exception, code: str, message: str) -> None:
    with pytest.raises(RetrainError, match=message) as error:
        ask(FakeMwaa(fails=[failure, failure]))

    assert error.value.code == code


@pytest.mark.parametrize(
    "malformed",
    [
        {"dag_runs": "none"},
        {},
        {"dag_runs": [{"dag_run_id": "a", "state": "success", "start_date": "yesterday"}]},
        {"dag_runs": [{"dag_run_id": "a", "state": "success"}]},
        {"dag_runs": [{"state": "success", "start_date": NOW.isoformat()}]},
    ],
)
def test_a_malformed_answer_starts_no_run(malformed: dict[str, Any]) -> None:
    class Confused(FakeMwaa):
        def answer(self, method: str, path: str, given: dict[str, Any]) -> dict[str, Any]:
            if path.endswith("/dagRuns"):
                assert method == "GET"
                return malformed
            return super().answer(method, path, given)

    with pytest.raises(RetrainError) as error:
        ask(Confused())

    assert error.value.code == "airflow_failed"


def test_an_airflow_where_every_new_run_exists_is_given_up() -> None:
    class Stubborn(FakeMwaa):
        def answer(self, method: str, path: str, given: dict[str, Any]) -> dict[str, Any]:
            if method == "POST":
                self.add(given["Body"]["dag_run_id"], "success", began=timedelta(days=1))
            return super().answer(method, path, given)

    mwaa = Stubborn()
    with pytest.raises(RetrainError, match="exists already"):
        ask(mwaa, force=True)

    assert sum(method == "POST" for method, _ in mwaa.calls) == 3
