"""Retraining as a user sees it: from the trigger to a run id, and to the new version's first answer."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import tenacity
from botocore.config import Config

from bench.row import Row
from local.environment import CREDENTIALS
from local.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_mwaa import MWAAClient

ROOT = Path(__file__).parents[1]
DAG = "/dags/fast_retrain_dag"
RUNS = 3
LONGEST_RUN_S = 600
POLL_S = 0.25


def run() -> list[Row]:
    """Start a loop, retrain three times on the built-in sample, and remove the loop."""
    with _loop() as found:
        mwaa = _client(found)
        environment = found["MwaaEnvironment"]
        triggers, answers, promotions = [], [], []
        for number in range(RUNS):
            before = _served(found)
            started = time.perf_counter()
            _trigger(mwaa, environment, f"bench-{number}")
            triggers.append(time.perf_counter() - started)
            _wait_for_another(found, before)
            answers.append(time.perf_counter() - started)
            tasks = _finished_tasks(mwaa, environment, f"bench-{number}")
            promotions.append(sum(tasks[name] for name in tasks if name not in {"materialise", "report"}))
        by_command_s = _trigger_by_command(mwaa, environment, "bench-cli")
    first, *later = answers
    return [
        Row(
            name="trigger to an answer of the new version", measured=max(answers), reach=60,
            unit="s",
            note=f"slowest of {RUNS} runs on the sample; the first, cold, {first:.0f} s, the others "
            f"{', '.join(f'{seconds:.0f} s' for seconds in later)}; tasks up to the promotion ran for "
            f"{', '.join(f'{seconds:.0f} s' for seconds in promotions)}; the function checks for a new version "
            "every 30 s",
        ),
        Row(
            name="trigger to a run id, by invoke_rest_api", measured=max(triggers), reach=1, unit="s",
            peers={"Airflow's command line, by the same API": by_command_s},
            note=f"slowest of {RUNS}",
        ),
    ]  # fmt: skip


@contextmanager
def _loop() -> Iterator[dict[str, str]]:
    """Yield the outputs of a loop that is started here and removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="sentiment-loop-bench-") as folder:
        ports = {name: str(free_port()) for name in ("EMULATOR_PORT", "MLFLOW_PORT", "AIRFLOW_PORT", "MWAA_PORT")}
        environment = {**os.environ, **ports, "LOCAL_DIR": folder}
        _local("up", environment)
        try:
            yield json.loads((Path(folder) / "outputs.json").read_text())
        finally:
            _local("reset", environment, "--yes")


def _local(command: str, environment: dict[str, str], *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ops", command, *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{command} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


def _client(found: dict[str, str]) -> MWAAClient:
    return boto3.client(
        "mwaa",
        endpoint_url=found["mwaa_url"],
        region_name=CREDENTIALS["AWS_REGION"],
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(inject_host_prefix=False),
    )


def _trigger(mwaa: MWAAClient, environment: str, run_id: str) -> None:
    body = {"dag_run_id": run_id, "logical_date": None, "conf": {"force": True}}
    answer = mwaa.invoke_rest_api(Name=environment, Path=f"{DAG}/dagRuns", Method="POST", Body=body)
    if answer["RestApiResponse"]["dag_run_id"] != run_id:
        raise RuntimeError(f"another run was created: {answer}")


def _trigger_by_command(mwaa: MWAAClient, environment: str, run_id: str) -> float:
    """Trigger a run as AWS's older examples do; return the seconds until its id."""
    started = time.perf_counter()
    token = mwaa.create_cli_token(Name=environment)
    request = urllib.request.Request(
        f"http://{token['WebServerHostname']}/aws_mwaa/cli",
        data=f"dags trigger fast_retrain_dag --run-id {run_id} --output json".encode(),
        headers={"Authorization": f"Bearer {token['CliToken']}", "Content-Type": "text/plain"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 - the loop's MWAA API
        printed = base64.b64decode(json.load(answer)["stdout"]).decode()
    elapsed_s = time.perf_counter() - started
    if run_id not in printed:
        raise RuntimeError(f"no run was created: {printed[-500:]}")
    return elapsed_s


def _served(found: dict[str, str]) -> str:
    with urllib.request.urlopen(f"{found['api_url']}/health", timeout=30) as answer:  # noqa: S310 - the loop's API
        return str(json.load(answer)["model_version"])


def _wait_for_another(found: dict[str, str], version: str) -> None:
    """Ask the API until another version answers: the function reads the pointer when it is asked, every 30 s."""
    tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda served: served == version),
        stop=tenacity.stop_after_delay(LONGEST_RUN_S),
        wait=tenacity.wait_fixed(POLL_S),
    )(_served, found)


def _finished_tasks(mwaa: MWAAClient, environment: str, run_id: str) -> dict[str, float]:
    """Wait for the end of a run; return how long each task took, in seconds."""

    def get(path: str) -> dict[str, Any]:
        return dict(mwaa.invoke_rest_api(Name=environment, Path=path, Method="GET")["RestApiResponse"])

    run = f"{DAG}/dagRuns/{run_id}"
    state = tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda run: run["state"] not in {"success", "failed"}),
        stop=tenacity.stop_after_delay(LONGEST_RUN_S),
        wait=tenacity.wait_fixed(POLL_S),
    )(get, run)["state"]
    if state != "success":
        raise RuntimeError(f"run {run_id} ended as {state}")
    return {task["task_id"]: task["duration"] for task in get(f"{run}/taskInstances")["task_instances"]}
