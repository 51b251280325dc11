"""Airflow's command line, called through MWAA's web server with a token that works once.

For environments whose policy allows `CreateCliToken` but not `InvokeRestApi`. Each command takes about ten seconds,
because it starts a new process of Airflow.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.retrain.airflow import DAG_ID, NEWEST_RUNS, Dag, Run, RunExistsError, Task
from lambdas.retrain.errors import MissingDagError, RefusedError, UnexpectedAnswerError, UnreachableError
from lambdas.retrain.mwaa import LONGEST_COMMAND_S, failure
from sentiment.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_mwaa import MWAAClient

_PATH = "/aws_mwaa/cli"
_MAX_BYTES = 10_000_000
_MAX_MESSAGE = 300


class CliAirflow:
    """One environment's Airflow.

    `check_time` raises if there is no time left for another call. The web server's `scheme` is `https`, as on AWS, or
    `http`.
    """

    def __init__(self, environment: str, mwaa: MWAAClient, check_time: Callable[[], None], *, scheme: str) -> None:
        self._environment, self._mwaa, self._check_time, self._scheme = environment, mwaa, check_time, scheme

    def dag(self) -> Dag:
        """Return the DAG and its newest runs, read in parallel."""
        with ThreadPoolExecutor(2) as pool:
            described, listed = pool.submit(self._table, "dags list --output json"), pool.submit(self.runs)
        found = next((dag for dag in described.result() if dag.get("dag_id") == DAG_ID), None)
        if found is None:
            raise MissingDagError(f"Airflow does not know {DAG_ID} yet: it loads new DAGs within a minute.")
        return Dag(paused=str(found.get("is_paused")) == "True", runs=listed.result())

    def runs(self) -> Sequence[Run]:
        """Return the newest runs."""
        listed = self._table(f"dags list-runs {DAG_ID} --output json")
        runs = [Run.from_fields(fields, id_field="run_id") for fields in listed]
        return sorted(runs, key=lambda run: run.began, reverse=True)[:NEWEST_RUNS]

    def run(self, run_id: str) -> Run:
        """Return one run."""
        found = next((run for run in self.runs() if run.run_id == run_id), None)
        if found is None:
            raise UnexpectedAnswerError(f"Airflow has run {run_id} but does not list it.")
        return found

    def tasks(self, run_id: str) -> Sequence[Task]:
        """Return the tasks of a run."""
        listed = self._table(f"tasks states-for-dag-run {DAG_ID} {run_id} --output json")
        return [Task.from_fields(task) for task in listed]

    def origin(self) -> str:
        """Return the hour, because no command names the database."""
        return f"{utc_now():%Y-%m-%dT%H}"

    def start(self, run_id: str, *, force: bool, note: str) -> None:
        """Start a run, without the note: the command line takes none."""
        del note
        options = f"--run-id {run_id} --conf '{json.dumps({'force': force})}'"
        printed, errors = self._command(f"dags trigger {DAG_ID} {options} --output json")
        if "DagRunAlreadyExists" in errors or "already exists" in errors:
            raise RunExistsError
        _rows(printed, errors)

    def _table(self, command: str) -> list[dict[str, Any]]:
        return _rows(*self._command(command))

    def _command(self, command: str) -> tuple[str, str]:
        """Return what a command printed on stdout and on stderr."""
        self._check_time()
        try:
            token = self._mwaa.create_cli_token(Name=self._environment)
        except (ClientError, BotoCoreError) as error:
            raise failure(error) from error
        try:
            status, body = self._post(token["WebServerHostname"], token["CliToken"], command)
        except (OSError, http.client.HTTPException) as error:
            raise UnreachableError(f"Airflow's web server does not answer: {error}") from error
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise RefusedError(f"Airflow's web server refuses this function's token ({status}).")
        try:
            answer = json.loads(body)
            return base64.b64decode(answer["stdout"]).decode(), base64.b64decode(answer["stderr"]).decode()
        except (ValueError, KeyError, TypeError) as error:
            raise UnexpectedAnswerError(f"Airflow's web server answers a command with {status} and no JSON.") from error

    def _post(self, host: str, token: str, command: str) -> tuple[int, bytes]:
        connection = (
            http.client.HTTPSConnection(host, timeout=LONGEST_COMMAND_S, context=ssl.create_default_context())
            if self._scheme == "https"
            else http.client.HTTPConnection(host, timeout=LONGEST_COMMAND_S)
        )
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"}
        try:
            connection.request("POST", _PATH, body=command, headers=headers)
            response = connection.getresponse()
            return response.status, response.read(_MAX_BYTES)
        finally:
            connection.close()


def _rows(printed: str, errors: str) -> list[dict[str, Any]]:
    """Return the JSON array that a command printed, skipping what Airflow logs on the same stream."""
    start = next((at for at in _line_starts(printed) if printed[at] == "["), None)
    try:
        rows = json.loads(printed[start:]) if start is not None else None
    except ValueError:
        rows = None
    if rows is None and "No data found" in printed:
        return []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        output = (errors.strip() or printed.strip())[-_MAX_MESSAGE:]
        raise UnexpectedAnswerError(f"Airflow's command line does not print a table: {output}")
    return rows


def _line_starts(text: str) -> list[int]:
    starts = [0, *(at + 1 for at, character in enumerate(text) if character == "\n")]
    return [at for at in starts if at < len(text)]
