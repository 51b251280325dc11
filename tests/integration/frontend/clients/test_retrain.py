"""The client of the retrain function: what it returns, and what it says when it cannot."""

from __future__ import annotations

import socket
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError

from frontend.clients import retrain
from frontend.clients.problems import ProblemError
from frontend.clients.retrain import RetrainFunction, Started
from local.ports import free_port
from tests.integration.frontend.lambda_api import NAME
from tests.unit.lambdas.retrain.fake_mwaa import NOW, FakeMwaa

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("emulator")


@pytest.fixture
def function(lambda_url: str) -> Iterator[RetrainFunction]:
    assert lambda_url
    with closing(RetrainFunction(NAME, region="us-east-1")) as client:
        yield client


def test_a_run_is_started_once_and_followed(function: RetrainFunction, mwaa: FakeMwaa) -> None:
    assert function.progress() is None

    started, again = function.start(force=False), function.start(force=False)
    mwaa.add_task(started.run_id, "ingest", "running", start="2026-11-23T12:00:01Z")
    progress = function.progress(started.run_id)

    assert (started.state, again) == ("started", Started(started.run_id, "running"))
    assert mwaa.notes == {started.run_id: "Requested by the web page"}
    assert progress is not None
    assert progress.active
    (task,) = progress.tasks
    assert (task.state, task.start, task.end) == ("running", NOW + timedelta(seconds=1), None)


def test_the_cooldown_is_told_and_force_does_not_wait(function: RetrainFunction, mwaa: FakeMwaa) -> None:
    mwaa.add("last", "success", began=timedelta(seconds=30))

    assert function.start(force=False) == Started("last", "cooling_down", seconds_left=870)
    assert function.start(force=True).state == "started"


def problem(function: RetrainFunction) -> ProblemError:
    with pytest.raises(ProblemError) as raised:
        function.start(force=False)
    return raised.value


def test_what_keeps_a_run_from_starting_is_a_sentence(function: RetrainFunction, mwaa: FakeMwaa) -> None:
    mwaa.paused = True
    assert "Retraining is paused" in str(problem(function))
    mwaa.paused, mwaa.known = False, False
    assert "has not loaded the retraining yet" in str(problem(function))
    mwaa.known = True
    mwaa.fails = [ConnectTimeoutError(endpoint_url="http://mwaa")] * 2
    down = problem(function)
    assert (str(down), down.may_repeat) == ("Airflow does not answer. Is it running? Try again in a minute.", True)


def test_a_run_that_airflow_forgot_is_a_sentence(function: RetrainFunction, mwaa: FakeMwaa) -> None:
    mwaa.add("newer", "success")
    with pytest.raises(ProblemError, match="does not list this run any more"):
        function.progress("forgotten")


def test_a_function_that_fails_or_is_missing_is_a_sentence(
    function: RetrainFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(RetrainFunction("Another", region="us-east-1")) as client:
        assert "There is no retrain function" in str(problem(client))
    with closing(RetrainFunction("", region="us-east-1")) as client:
        assert "is not told which function" in str(problem(client))
    monkeypatch.setattr(FakeMwaa, "invoke_rest_api", _fail)
    assert "made a mistake" in str(problem(function))


def _fail(_mwaa: FakeMwaa, **_call: object) -> None:
    raise RuntimeError("a mistake")


def test_a_lambda_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrain, "CLIENT", Config(read_timeout=0.2, retries={"total_max_attempts": 1}))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for port, said in ((free_port(), "does not answer"), (silent.getsockname()[1], "takes too long")):
            monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", f"http://127.0.0.1:{port}")
            with closing(RetrainFunction(NAME, region="us-east-1")) as client:
                assert said in str(problem(client))
