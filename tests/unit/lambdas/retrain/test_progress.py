"""How far a run is: its state and each task's, and nothing else for whoever asks otherwise."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

import pytest

from lambdas.retrain.errors import InvalidRequestError, MissingRunError, UnexpectedAnswerError
from lambdas.retrain.progress import Question, progress
from lambdas.retrain.rest import RestAirflow
from local.mwaa.control_plane import LONGEST_PATH
from tests.unit.lambdas.retrain.fake_mwaa import NOW, FakeMwaa

if TYPE_CHECKING:
    from mypy_boto3_mwaa import MWAAClient

    from lambdas.retrain.progress import Answer

SCHEDULED = "scheduled__2026-11-23T03:00:00+00:00"


def ask(mwaa: FakeMwaa, run_id: str | None) -> Answer:
    return progress(Question(run_id), RestAirflow("SentimentLoop", cast("MWAAClient", mwaa), lambda: None))


def test_a_run_and_its_tasks_are_told_by_paths_that_aws_accepts() -> None:
    mwaa = FakeMwaa()
    mwaa.add(SCHEDULED, "running")
    mwaa.add_task(SCHEDULED, "ingest", "success", start="2026-11-23T03:00:01Z", end="2026-11-23T03:00:03Z")
    mwaa.add_task(SCHEDULED, "train", None)
    mwaa.add_task(f"{SCHEDULED}-2", "of another run", "success")

    assert ask(mwaa, SCHEDULED) == {
        "run_id": SCHEDULED,
        "state": "running",
        "began": NOW.isoformat(),
        "tasks": [
            {
                "task_id": "ingest",
                "state": "success",
                "start": "2026-11-23T03:00:01Z",
                "end": "2026-11-23T03:00:03Z",
            },
            {"task_id": "train", "state": None, "start": None, "end": None},
        ],
    }
    assert {method for method, _ in mwaa.calls} == {"GET"}
    assert all(len(path) <= LONGEST_PATH for _, path in mwaa.calls)


def test_without_an_id_the_newest_run_is_told() -> None:
    mwaa = FakeMwaa()
    mwaa.add("old", "success", began=timedelta(days=7))
    mwaa.add("new", "failed", began=timedelta(hours=1))

    assert ask(mwaa, None)["run_id"] == "new"


def test_a_run_that_airflow_does_not_have_is_missing() -> None:
    mwaa = FakeMwaa()
    with pytest.raises(MissingRunError, match="no run yet"):
        ask(mwaa, None)
    mwaa.add("one", "success")
    with pytest.raises(MissingRunError, match="no run another"):
        ask(mwaa, "another")


def test_a_malformed_task_is_an_error() -> None:
    mwaa = FakeMwaa()
    mwaa.add("one", "running")
    mwaa.tasks.append({"dag_run_id": "one", "task_id": "ingest", "state": 7})
    with pytest.raises(UnexpectedAnswerError, match="malformed"):
        ask(mwaa, "one")


@pytest.mark.parametrize(
    "event",
    [
        {"progress": "one", "force": True},
        {"progress": 1},
        {"progress": ""},
        {"progress": "--help"},
        {"progress": "one; dags delete fast_retrain_dag"},
        {"progress": "one\n"},
        {"progress": "a" * 201},
    ],
)
def test_a_run_id_that_could_be_a_command_is_refused(event: dict[str, object]) -> None:
    with pytest.raises(InvalidRequestError) as error:
        Question.from_event(event)
    assert "delete" not in str(error.value)


def test_an_event_may_ask_for_one_run_or_for_the_newest() -> None:
    assert Question.from_event({"progress": SCHEDULED}).run_id == SCHEDULED
    assert Question.from_event({"progress": None}).run_id is None
