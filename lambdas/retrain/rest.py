"""Airflow's REST API, called through MWAA's `InvokeRestApi`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.retrain.airflow import DAG_ID, NEWEST_RUNS, Dag, Run, RunExistsError, Task
from lambdas.retrain.errors import MissingDagError, RefusedError, UnexpectedAnswerError
from lambdas.retrain.mwaa import failure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mypy_boto3_mwaa import MWAAClient

_DAG = f"/dags/{DAG_ID}"
_MOST_TASKS = 100


class RestAirflow:
    """One environment's Airflow; `check_time` raises if there is no time left for another call."""

    def __init__(self, environment: str, mwaa: MWAAClient, check_time: Callable[[], None]) -> None:
        self._environment, self._mwaa, self._check_time = environment, mwaa, check_time

    def dag(self) -> Dag:
        """Return the DAG and its newest runs, read in parallel."""
        with ThreadPoolExecutor(2) as pool:
            described, listed = pool.submit(self._call, "GET", _DAG), pool.submit(self.runs)
        paused, runs = described.result().get("is_paused"), listed.result()
        if not isinstance(paused, bool):
            raise UnexpectedAnswerError("Airflow describes the DAG without is_paused.")
        return Dag(paused=paused, runs=runs)

    def runs(self) -> Sequence[Run]:
        """Return the newest runs."""
        newest = {"order_by": "-run_after", "limit": NEWEST_RUNS}
        runs = self._call("GET", f"{_DAG}/dagRuns", query=newest).get("dag_runs")
        if not isinstance(runs, list):
            raise UnexpectedAnswerError("Airflow lists runs without dag_runs.")
        return [Run.from_fields(run, id_field="dag_run_id") for run in runs]

    def run(self, run_id: str) -> Run:
        """Return one run."""
        return Run.from_fields(self._call("GET", f"{_DAG}/dagRuns/{run_id}"), id_field="dag_run_id")

    def tasks(self, run_id: str) -> Sequence[Task]:
        """Return the tasks of a run."""
        # By a filter: MWAA accepts paths of up to 64 characters, and the path of a run's tasks is longer.
        wanted = {"run_id_prefix_pattern": run_id, "limit": _MOST_TASKS}
        found = self._call("GET", f"{_DAG}/dagRuns/~/taskInstances", query=wanted).get("task_instances")
        if not isinstance(found, list):
            raise UnexpectedAnswerError("Airflow lists tasks without task_instances.")
        return [Task.from_fields(task) for task in found if task.get("dag_run_id") == run_id]

    def origin(self) -> str:
        """Return the id that the database gave the DAG's first version."""
        versions = self._call("GET", f"{_DAG}/dagVersions", query={"order_by": "version_number", "limit": 1})
        try:
            return str(versions["dag_versions"][0]["id"])
        except (KeyError, IndexError, TypeError) as error:
            raise UnexpectedAnswerError("Airflow names no version of the DAG.") from error

    def start(self, run_id: str, *, force: bool, note: str) -> None:
        """Start a run."""
        body = {"dag_run_id": run_id, "logical_date": None, "conf": {"force": force}, "note": note}
        self._call("POST", f"{_DAG}/dagRuns", body=body)

    def _call(
        self,
        method: Literal["GET", "POST"],
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        self._check_time()
        arguments = {"QueryParameters": query} if query else {"Body": body} if body else {}
        try:
            answer = self._mwaa.invoke_rest_api(Name=self._environment, Path=path, Method=method, **arguments)
        except (ClientError, BotoCoreError) as error:
            raise _error_of(error) from error
        content = answer.get("RestApiResponse")
        if not isinstance(content, dict):
            raise UnexpectedAnswerError(f"Airflow answers {method} {path} with JSON that is no object.")
        return content


def _error_of(error: ClientError | BotoCoreError) -> Exception:
    """Return the error that a failed call means; Airflow's own status is inside MWAA's error."""
    response: Mapping[str, Any] = error.response if isinstance(error, ClientError) else {}
    match response.get("RestApiStatusCode"):
        case HTTPStatus.CONFLICT:
            return RunExistsError()
        case HTTPStatus.NOT_FOUND:
            return MissingDagError(
                f"Airflow does not know {DAG_ID} yet: it loads new DAGs within a minute, and shows import errors."
            )
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN as status:
            return RefusedError(f"Airflow refuses this function's role ({status}).")
        case int(status) if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            detail = str(response.get("RestApiResponse"))[:300]
            return UnexpectedAnswerError(f"Airflow refused the call ({status}): {detail}")
        case _:
            return failure(error)
