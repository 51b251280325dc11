"""Unmodified clients of the MWAA API with a real Airflow behind it."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import psutil
import pytest

from lambdas.retrain.airflow import DAG_ID, RunExistsError
from lambdas.retrain.cli import CliAirflow
from lambdas.retrain.progress import Question, progress
from lambdas.retrain.rest import RestAirflow
from local.airflow.programs import AIRFLOW
from ops import outputs
from training.retraining.steps import STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_mwaa import MWAAClient

    from tests.integration.local.airflow.running import RunningAirflow

PROBE = "/dags/probe"


@pytest.fixture
def mwaa(airflow: RunningAirflow, monkeypatch: pytest.MonkeyPatch) -> Iterator[MWAAClient]:
    """A client without settings of its own, after `. .local/env`."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in exported(airflow).items():
        monkeypatch.setenv(name, value)
    client = boto3.client("mwaa")
    yield client
    client.close()


def exported(airflow: RunningAirflow) -> dict[str, str]:
    """What `.local/env` exports."""
    api = {"api_url": "", "api_key": "", "reviewers_api_key": ""}
    addresses = {
        "endpoint": airflow.loop.endpoint,
        "mlflow_url": "",
        "airflow_url": "",
        "mwaa_url": airflow.loop.mwaa_url,
    }
    found = dict.fromkeys(outputs.OF_STACKS.values(), "none") | api | addresses
    return outputs.for_commands(airflow.loop, found)


def command(client: MWAAClient, name: str, line: str) -> tuple[int, str, str]:
    """Run an Airflow command as AWS documents it."""
    token = client.create_cli_token(Name=name)
    headers = {"Authorization": f"Bearer {token['CliToken']}", "Content-Type": "text/plain"}
    url = f"http://{token['WebServerHostname']}/aws_mwaa/cli"
    answer = httpx.post(url, content=line, headers=headers, timeout=90)
    printed: dict[str, Any] = answer.json()
    out, err = (base64.b64decode(printed[stream]).decode() for stream in ("stdout", "stderr"))
    return answer.status_code, out, err


def test_the_environment_is_described(airflow: RunningAirflow, mwaa: MWAAClient) -> None:
    environment = mwaa.get_environment(Name=airflow.name)["Environment"]
    assert (environment["Status"], environment["AirflowVersion"]) == ("AVAILABLE", "3.3.1")
    assert environment["SourceBucketArn"] == f"arn:aws:s3:::{airflow.bucket}"
    for path in ("PluginsS3Path", "RequirementsS3Path", "StartupScriptS3Path"):
        airflow.s3.head_object(Bucket=airflow.bucket, Key=environment[path])


def test_the_environment_is_listed(airflow: RunningAirflow, mwaa: MWAAClient) -> None:
    assert mwaa.list_environments()["Environments"] == [airflow.name]


def test_a_run_is_triggered_once(airflow: RunningAirflow, mwaa: MWAAClient) -> None:
    run = {"dag_run_id": f"once-{uuid.uuid4().hex[:8]}", "logical_date": None, "note": "asked for by a test"}
    path = f"{PROBE}/dagRuns"

    first = mwaa.invoke_rest_api(Name=airflow.name, Path=path, Method="POST", Body=run)
    with pytest.raises(mwaa.exceptions.RestApiClientException) as refused:
        mwaa.invoke_rest_api(Name=airflow.name, Path=path, Method="POST", Body=run)

    assert (first["RestApiStatusCode"], first["RestApiResponse"]["dag_run_id"]) == (200, run["dag_run_id"])
    assert refused.value.response["RestApiStatusCode"] == 409  # type: ignore[typeddict-item]  # the service's own member
    assert airflow.run_until_over("probe", str(run["dag_run_id"]))["note"] == "asked for by a test"


def test_an_environment_of_another_name_is_not_found(mwaa: MWAAClient) -> None:
    with pytest.raises(mwaa.exceptions.ResourceNotFoundException, match="Environment Another not found"):
        mwaa.get_environment(Name="Another")


def test_an_unknown_dag_is_airflows_404(airflow: RunningAirflow, mwaa: MWAAClient) -> None:
    with pytest.raises(mwaa.exceptions.RestApiClientException) as refused:
        mwaa.invoke_rest_api(Name=airflow.name, Path="/dags/nope", Method="GET")
    assert refused.value.response["RestApiStatusCode"] == 404  # type: ignore[typeddict-item]  # the service's own member


def test_a_path_longer_than_aws_allows_is_refused(airflow: RunningAirflow, mwaa: MWAAClient) -> None:
    with pytest.raises(mwaa.exceptions.ValidationException):
        mwaa.invoke_rest_api(Name=airflow.name, Path="/" + "d" * 64, Method="GET")


def test_airflows_own_operator_triggers_a_run_and_waits_for_it(airflow: RunningAirflow) -> None:
    airflow.trigger("operator", "operate")
    assert airflow.run_until_over("operator", "operate")["state"] == "success"
    assert airflow.object("probe/by-operator.json") is not None


def test_the_command_line_runs_in_airflows_own_environment(airflow: RunningAirflow, mwaa: MWAAClient) -> None:
    status, printed, errors = command(mwaa, airflow.name, "dags list-runs probe --output json")
    assert status == 200, errors
    runs = json.loads(printed)
    assert all(run["dag_id"] == "probe" for run in runs)


@pytest.mark.parametrize("options", [[], ["--local"]], ids=["the database", "the files, which import the bundle"])
def test_airflows_own_command_finds_this_loops_airflow(
    airflow: RunningAirflow, tmp_path: Path, options: list[str]
) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **exported(airflow)}
    command = [sys.executable, "-P", "-m", "airflow", "dags", "list", "--output", "json", *options]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert {"probe", DAG_ID} <= {dag["dag_id"] for dag in json.loads(done.stdout)}


def test_a_command_that_fails_says_why(airflow: RunningAirflow, mwaa: MWAAClient) -> None:
    status, printed, errors = command(mwaa, airflow.name, "dags trigger nope")
    assert status == 400
    assert "nope" in printed + errors


def test_a_web_token_opens_airflows_interface(airflow: RunningAirflow, mwaa: MWAAClient) -> None:
    token = mwaa.create_web_login_token(Name=airflow.name)
    with httpx.Client() as browser:
        web = f"http://{token['WebServerHostname']}"
        assert browser.get(f"{web}/aws_mwaa/aws-console-sso", params={"login": "true"}).status_code == 200
        assert browser.get(f"{airflow.loop.airflow_url}/ui/config").status_code == 401
        assert browser.post(f"{web}/aws_mwaa/login", data={"token": token["WebToken"]}).status_code == 200
        assert browser.get(f"{airflow.loop.airflow_url}/ui/config").status_code == 200
        assert browser.post(f"{web}/aws_mwaa/login", data={"token": token["WebToken"]}).status_code == 403


def test_an_airflow_that_hangs_times_out(airflow: RunningAirflow, mwaa: MWAAClient) -> None:
    server = psutil.Process(airflow.loop.supervisor.state(AIRFLOW).pid)
    family = [server, *server.children(recursive=True)]
    for process in family:
        process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(mwaa.exceptions.RestApiServerException) as failed:
            mwaa.invoke_rest_api(Name=airflow.name, Path="/dags", Method="GET")
        assert failed.value.response["RestApiStatusCode"] == 504  # type: ignore[typeddict-item]  # the service's own
        assert mwaa.get_environment(Name=airflow.name)["Environment"]["Status"] == "UNAVAILABLE"
    finally:
        for process in family:
            process.send_signal(signal.SIGCONT)
    assert mwaa.invoke_rest_api(Name=airflow.name, Path="/dags", Method="GET")["RestApiStatusCode"] == 200


def test_the_retrain_function_works_with_the_command_line(airflow: RunningAirflow, mwaa: MWAAClient) -> None:
    by_command = CliAirflow(airflow.name, mwaa, lambda: None, scheme="http")
    airflow.call("PATCH", f"/dags/{DAG_ID}", is_paused=True)  # so that nothing is retrained here
    try:
        by_command.start("by-command", force=True, note="")
        with pytest.raises(RunExistsError):
            by_command.start("by-command", force=True, note="")
        dag = by_command.dag()
        assert dag.paused
        assert [(run.run_id, run.state) for run in dag.runs] == [("by-command", "queued")]
        by_rest = RestAirflow(airflow.name, mwaa, lambda: None)
        both = [progress(Question("by-command"), one) for one in (by_command, by_rest)]
        assert [answer["state"] for answer in both] == ["queued", "queued"]
        told = [sorted((task["task_id"], task["state"]) for task in answer["tasks"]) for answer in both]
        assert told[0] == told[1] == sorted((step.name, None) for step in STEPS)
        assert airflow.call("GET", f"/dags/{DAG_ID}/dagRuns/by-command")["conf"] == {"force": True}
    finally:
        airflow.call("DELETE", f"/dags/{DAG_ID}/dagRuns/by-command")
        airflow.call("PATCH", f"/dags/{DAG_ID}", is_paused=False)
