"""Runs are started by Airflow's command line: one token a command, and tables read from among log lines."""

from __future__ import annotations

import base64
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast

import pytest

from lambdas.retrain.airflow import RunExistsError, Task
from lambdas.retrain.cli import CliAirflow
from lambdas.retrain.errors import MissingDagError, RefusedError, UnexpectedAnswerError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator

DAGS = 'Loading dags [3 found]\n[{"dag_id": "fast_retrain_dag", "is_paused": "False"}]\n'
RUN = {"run_id": "retrain__1", "state": "running", "start_date": "2026-11-23T03:00:00+00:00"}


class WebServer:
    """Answers commands; `says` has stdout and stderr of each, by the start of the command."""

    def __init__(self, says: dict[str, tuple[str, str]], status: int = 200) -> None:
        self.says, self.status = says, status
        self.commands: list[str] = []
        self.tokens: list[str] = []

    def create_cli_token(self, *, Name: str) -> dict[str, str]:  # noqa: N803 (boto3's spelling)
        assert Name == "SentimentLoop"
        self.tokens.append(f"token-{len(self.tokens)}")
        return {"CliToken": self.tokens[-1], "WebServerHostname": self.host}

    @contextmanager
    def serving(self) -> Iterator[CliAirflow]:
        web_server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                command = self.rfile.read(int(self.headers["Content-Length"])).decode()
                web_server.commands.append(command)
                assert self.headers["Authorization"].removeprefix("Bearer ") in web_server.tokens
                printed = next((both for start, both in web_server.says.items() if command.startswith(start)), ("", ""))
                names = ("stdout", "stderr")
                body = {
                    name: base64.b64encode(text.encode()).decode() for name, text in zip(names, printed, strict=True)
                }
                self.send_response(web_server.status)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            self.host = f"127.0.0.1:{server.server_port}"
            threading.Thread(target=server.serve_forever, args=(0.01,)).start()
            yield CliAirflow("SentimentLoop", cast("Any", self), lambda: None, scheme="http")
            server.shutdown()


def test_each_command_uses_its_own_token() -> None:
    says = {"dags list --": (DAGS, ""), "dags list-runs": (f"a log line\n{json.dumps([RUN])}\n", "a warning")}
    web_server = WebServer(says)
    with web_server.serving() as airflow:
        dag = airflow.dag()

    assert not dag.paused
    assert [(run.run_id, run.active) for run in dag.runs] == [("retrain__1", True)]
    assert len(set(web_server.tokens)) == len(web_server.commands) == 2


def test_a_dag_without_runs_has_none() -> None:
    with WebServer({"dags list --": (DAGS, ""), "dags list-runs": ("No data found\n", "")}).serving() as airflow:
        assert airflow.dag().runs == []


def test_the_tasks_of_a_run_are_read_from_a_table() -> None:
    rows = [
        {
            "task_id": "ingest",
            "state": "success",
            "start_date": "2026-11-23T03:00:01Z",
            "end_date": "2026-11-23T03:00Z",
        },
        {"task_id": "train", "state": "", "start_date": "", "end_date": ""},
    ]
    web_server = WebServer({"tasks states-for-dag-run": (json.dumps(rows), "")})
    with web_server.serving() as airflow:
        tasks = airflow.tasks("retrain__1")

    assert web_server.commands == ["tasks states-for-dag-run fast_retrain_dag retrain__1 --output json"]
    assert tasks == [
        Task("ingest", "success", "2026-11-23T03:00:01Z", "2026-11-23T03:00Z"),
        Task("train", None, None, None),
    ]


@pytest.mark.parametrize("force", [True, False])
def test_a_run_is_started_with_its_id_and_force(*, force: bool) -> None:
    web_server = WebServer({"dags trigger": ('[{"dag_run_id": "retrain__2"}]', "")})
    with web_server.serving() as airflow:
        airflow.start("retrain__2", force=force, note="Requested by a test")

    (command,) = web_server.commands
    assert command.startswith("dags trigger fast_retrain_dag --run-id retrain__2 ")
    assert f"--conf '{json.dumps({'force': force})}'" in command


def test_an_existing_run_is_told_apart_from_a_failed_start() -> None:
    existing = {"dags trigger": ("", "airflow.exceptions.DagRunAlreadyExists: A Dag Run already exists")}
    with WebServer(existing, 400).serving() as airflow, pytest.raises(RunExistsError):
        airflow.start("retrain__2", force=False, note="")
    with (
        WebServer({"dags trigger": ("", "database is locked")}, 400).serving() as airflow,
        pytest.raises(UnexpectedAnswerError, match="database is locked"),
    ):
        airflow.start("retrain__2", force=False, note="")


def test_each_failure_raises_its_own_error() -> None:
    with WebServer({"dags list": ("[]", "")}).serving() as airflow, pytest.raises(MissingDagError):
        airflow.dag()
    with WebServer({}, 403).serving() as airflow, pytest.raises(RefusedError):
        airflow.dag()
    with pytest.raises(UnreachableError):
        airflow.dag()
