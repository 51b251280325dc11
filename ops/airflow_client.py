"""The loop's Airflow, asked through the MWAA API as any client would."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.environment import CREDENTIALS
from local.errors import LocalError
from local.settings import Target
from ops import aws

if TYPE_CHECKING:
    from mypy_boto3_mwaa import MWAAClient

    from local.loop import Loop

DAG_ID = "fast_retrain_dag"
OVER = {"success", "failed"}
_LOOKED_AT = 25
_MOST_TASKS = 100


@dataclass(frozen=True)
class Task:
    """One task of a run: its state, None before it is scheduled, and how long it has run."""

    name: str
    state: str | None
    seconds: float | None
    attempt: int


@dataclass(frozen=True)
class Run:
    """A run and its tasks, in the order in which they began."""

    state: str
    tasks: tuple[Task, ...]

    @property
    def over(self) -> bool:
        """Whether nothing of it will change any more."""
        return self.state in OVER


class AirflowClient:
    """One environment.

    Args:
        environment: Its name.
        mwaa: A client of the MWAA API.
    """

    def __init__(self, environment: str, mwaa: MWAAClient) -> None:
        self._environment, self._mwaa = environment, mwaa

    def run(self, run_id: str) -> Run:
        """Look at a run.

        Raises:
            ClientError: Airflow or the MWAA API says no.
            BotoCoreError: It does not answer.
            LocalError: There is no such run.
        """
        # By lists: MWAA takes paths of 64 characters, and a run's own, with its tasks, is longer.
        newest = {"order_by": "-run_after", "limit": _LOOKED_AT}
        runs = self._get(f"/dags/{DAG_ID}/dagRuns", newest)["dag_runs"]
        state = next((run["state"] for run in runs if run["dag_run_id"] == run_id), None)
        if state is None:
            raise LocalError(f"Airflow has no run {run_id} (any more).", remedy="make retrain")
        wanted = {"run_id_prefix_pattern": run_id, "limit": _MOST_TASKS}
        listed = self._get(f"/dags/{DAG_ID}/dagRuns/~/taskInstances", wanted)["task_instances"]
        found = [task for task in listed if task["dag_run_id"] == run_id]
        found.sort(key=lambda task: (task["start_date"] is None, task["start_date"] or "", task["task_id"]))
        return Run(state=state, tasks=tuple(_task(fields) for fields in found))

    def problem(self) -> str:
        """What keeps the DAG from being run; empty when nothing does."""
        try:
            dag = self._get(f"/dags/{DAG_ID}", {})
        except ClientError as error:
            if error.response.get("RestApiStatusCode") != HTTPStatus.NOT_FOUND:
                return f"Airflow cannot be asked for {DAG_ID}: {error}"
            return f"Airflow has not loaded {DAG_ID}; if it cannot, its interface shows why"
        except BotoCoreError as error:
            return f"Airflow cannot be asked for {DAG_ID}: {error}"
        return f"{DAG_ID} has errors, which Airflow's interface shows" if dag["has_import_errors"] else ""

    def _get(self, path: str, query: dict[str, Any]) -> dict[str, Any]:
        # Only ever GET: Airflow 3.3.1 writes into its audit log, from its event loop, that anything else was asked. On
        # SQLite that can wait, in vain, for another request's write to be committed, which waits for the event loop.
        answer = self._mwaa.invoke_rest_api(Name=self._environment, Path=path, Method="GET", QueryParameters=query)
        return dict(answer["RestApiResponse"])


def connect(loop: Loop, environment: str) -> AirflowClient:
    """The Airflow of a loop: behind this machine's MWAA API, or AWS's own."""
    if loop.settings.target is Target.AWS:
        return AirflowClient(environment, aws.client(loop, "mwaa"))
    mwaa = boto3.client(
        "mwaa",
        endpoint_url=loop.mwaa_url,
        region_name=CREDENTIALS["AWS_REGION"],
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        # AWS has a host for each part of the API; here one address has all of it.
        config=Config(connect_timeout=5, read_timeout=15, proxies={}, inject_host_prefix=False),
    )
    return AirflowClient(environment, mwaa)


def _task(fields: dict[str, Any]) -> Task:
    return Task(name=fields["task_id"], state=fields["state"], seconds=fields["duration"], attempt=fields["try_number"])
