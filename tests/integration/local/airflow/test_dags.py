"""The DAGs that Airflow has loaded from the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.local.airflow.running import RunningAirflow

DAG = "/dags/fast_retrain_dag"


def test_the_retraining_is_weekly_and_one_at_a_time(airflow: RunningAirflow) -> None:
    dag = airflow.call("GET", DAG)
    assert not dag["is_paused"]
    assert not dag["has_import_errors"]
    assert dag["max_active_runs"] == 1
    assert dag["timetable_summary"] == "0 3 * * 1"


def test_its_tasks_have_retries_timeouts_and_descriptions(airflow: RunningAirflow) -> None:
    tasks = airflow.call("GET", f"{DAG}/tasks")["tasks"]
    assert [task["task_id"] for task in tasks if not task["downstream_task_ids"]] == ["materialise", "report"]
    for task in tasks:
        assert task["retries"] > 0, task
        assert task["retry_exponential_backoff"], task
        assert task["execution_timeout"], task
        assert task["doc_md"], task


def test_it_can_be_forced(airflow: RunningAirflow) -> None:
    assert airflow.call("GET", f"{DAG}/details")["params"]["force"]["value"] is False


def test_only_the_broken_dag_has_an_import_error(airflow: RunningAirflow) -> None:
    found = airflow.wait(lambda: airflow.call("GET", "/importErrors")["import_errors"], bool)
    assert [error["filename"] for error in found] == ["broken_dag.py"]
    assert "broken on purpose" in found[0]["stack_trace"]
