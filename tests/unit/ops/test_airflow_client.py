"""Reading a run, which `make retrain` does every second, does not disturb Airflow."""

from __future__ import annotations

from typing import Any, cast

import pytest

from local.errors import LocalError
from local.mwaa.control_plane import LONGEST_PATH
from ops.airflow_client import DAG_ID, AirflowClient

SCHEDULED = "scheduled__2026-11-23T03:00:00+00:00"


class FakeMwaa:
    """An Airflow with a few runs, which lists tasks by the prefix of their run's id."""

    def __init__(self, tasks: list[tuple[str, str, str | None]]) -> None:
        self.tasks, self.asked = tasks, list[dict[str, Any]]()

    def invoke_rest_api(self, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 (boto3's own)
        self.asked.append(asked)
        if asked["Path"].endswith("/dagRuns"):
            runs = [
                {"dag_run_id": run_id, "state": "running"} for run_id in dict.fromkeys(run for run, *_ in self.tasks)
            ]
            return {"RestApiResponse": {"dag_runs": runs}}
        found = [
            {
                "dag_run_id": run,
                "task_id": name,
                "start_date": began,
                "state": "success",
                "duration": 1.0,
                "try_number": 1,
            }
            for run, name, began in self.tasks
            if run.startswith(asked["QueryParameters"]["run_id_prefix_pattern"])
        ]
        return {"RestApiResponse": {"task_instances": found}}


def client(mwaa: FakeMwaa) -> AirflowClient:
    return AirflowClient("SentimentLoop", cast("Any", mwaa))


def test_reading_a_run_uses_only_get_and_paths_that_aws_accepts() -> None:
    mwaa = FakeMwaa([(SCHEDULED, "ingest", "2026-11-23T03:00:01Z")])

    assert client(mwaa).run(SCHEDULED).state == "running"

    assert {asked["Method"] for asked in mwaa.asked} == {"GET"}, "Airflow logs every other request to its database"
    assert all(len(asked["Path"]) <= LONGEST_PATH for asked in mwaa.asked)
    assert all(asked["Path"].startswith(f"/dags/{DAG_ID}/") for asked in mwaa.asked)


def test_the_tasks_of_a_run_are_in_the_order_in_which_they_started() -> None:
    tasks = [("a", "train", None), ("a", "frame", "2026-01-01T00:00:02Z"), ("a", "ingest", "2026-01-01T00:00:01Z")]
    mwaa = FakeMwaa([*tasks, ("ab", "of another run", "2026-01-01T00:00:00Z")])

    assert [task.name for task in client(mwaa).run("a").tasks] == ["ingest", "frame", "train"]


def test_a_run_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(LocalError, match="no run gone"):
        client(FakeMwaa([])).run("gone")
