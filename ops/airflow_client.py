"""A client of the loop's Airflow, through the MWAA API as any client would use it."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local.errors import LocalError
from ops import aws

if TYPE_CHECKING:
    from mypy_boto3_mwaa import MWAAClient

    from local.loop import Loop

DAG_ID = "fast_retrain_dag"
OVER = {"success", "failed"}
_RUNS = 25
_TASKS = 100


@dataclass(frozen=True)
class Task:
    """One task of a run: its state (None before it is scheduled) and how long it has run."""

    name: str
    state: str | None
    seconds: float | None
    attempt: int


@dataclass(frozen=True)
class Run:
    """A run and its tasks, in the order in which they started."""

    state: str
    tasks: tuple[Task, ...]

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.state in OVER


class AirflowClient:
    """One Airflow environment, by its name."""

    def __init__(self, environment: str, mwaa: MWAAClient) -> None:
        self._environment, self._mwaa = environment, mwaa

    def run(self, run_id: str) -> Run:
        """Return a run and its tasks.

        Raises:
            ClientError: Airflow or the MWAA API rejected the call.
            BotoCoreError: It does not answer.
            LocalError: There is no such run.
        """
        # By lists: MWAA accepts paths of up to 64 characters, and the path of a run's tasks is longer.
        state = next((run["state"] for run in self._newest() if run["dag_run_id"] == run_id), None)
        if state is None:
            raise LocalError(f"Airflow has no run {run_id}, or it was deleted.", remedy="make retrain")
        wanted = {"run_id_prefix_pattern": run_id, "limit": _TASKS}
        listed = self._get(f"/dags/{DAG_ID}/dagRuns/~/taskInstances", wanted)["task_instances"]
        found = [task for task in listed if task["dag_run_id"] == run_id]
        found.sort(key=lambda task: (task["start_date"] is None, task["start_date"] or "", task["task_id"]))
        return Run(state=state, tasks=tuple(_task(fields) for fields in found))

    def notes(self) -> dict[str, str]:
        """Return what the newest runs say of who asked for them, by their ids."""
        return {run["dag_run_id"]: run["note"] or "" for run in self._newest()}

    def problem(self) -> str:
        """What keeps the DAG from running; empty when nothing does."""
        try:
            dag = self._get(f"/dags/{DAG_ID}", {})
        except ClientError as error:
            if error.response.get("RestApiStatusCode") != HTTPStatus.NOT_FOUND:
                return f"Airflow did not answer for {DAG_ID}: {error}"
            return f"Airflow has not loaded {DAG_ID} yet; import errors are shown in its interface"
        except BotoCoreError as error:
            return f"Airflow did not answer for {DAG_ID}: {error}"
        return f"{DAG_ID} has import errors, which Airflow's interface shows" if dag["has_import_errors"] else ""

    def _newest(self) -> list[dict[str, Any]]:
        newest = {"order_by": "-run_after", "limit": _RUNS}
        return list(self._get(f"/dags/{DAG_ID}/dagRuns", newest)["dag_runs"])

    def _get(self, path: str, query: dict[str, Any]) -> dict[str, Any]:
        # Always GET: Airflow 3.3.1 writes every other request to its audit log, from its event loop. On SQLite that can
        # deadlock with another request's write, whose commit waits for the event loop.
        answer = self._mwaa.invoke_rest_api(Name=self._environment, Path=path, Method="GET", QueryParameters=query)
        return dict(answer["RestApiResponse"])


def connect(loop: Loop, environment: str) -> AirflowClient:
    """The Airflow of a loop, behind this machine's MWAA API or AWS's."""
    return AirflowClient(environment, aws.client(loop, "mwaa"))


def _task(fields: dict[str, Any]) -> Task:
    return Task(name=fields["task_id"], state=fields["state"], seconds=fields["duration"], attempt=fields["try_number"])
