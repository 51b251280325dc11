"""Retraining as a user sees it: from the trigger to a run id, and to the new version's first answer."""

from __future__ import annotations

import base64
import json
import os
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import tenacity
from botocore.config import Config

from bench.processes import free_ports, output_of
from bench.row import Row
from local.environment import CREDENTIALS
from ops.airflow_client import DAG_ID, AirflowClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from mypy_boto3_mwaa import MWAAClient

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
            promotions.append(_seconds_to_promotion(mwaa, environment, f"bench-{number}"))
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
        environment = {**os.environ, **free_ports(), "LOCAL_DIR": folder}
        output_of(sys.executable, "-m", "ops", "up", env=environment)
        try:
            yield json.loads((Path(folder) / "outputs.json").read_text())
        finally:
            output_of(sys.executable, "-m", "ops", "reset", "--yes", env=environment)


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
    answer = mwaa.invoke_rest_api(Name=environment, Path=f"/dags/{DAG_ID}/dagRuns", Method="POST", Body=body)
    if answer["RestApiResponse"]["dag_run_id"] != run_id:
        raise RuntimeError(f"another run was created: {answer}")


def _trigger_by_command(mwaa: MWAAClient, environment: str, run_id: str) -> float:
    """Trigger a run as AWS's older examples do; return the seconds until its id."""
    started = time.perf_counter()
    token = mwaa.create_cli_token(Name=environment)
    request = urllib.request.Request(
        f"http://{token['WebServerHostname']}/aws_mwaa/cli",
        data=f"dags trigger {DAG_ID} --run-id {run_id} --output json".encode(),
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
    _patience(lambda served: served == version)(_served, found)


def _seconds_to_promotion(mwaa: MWAAClient, environment: str, run_id: str) -> float:
    """Wait for the end of a run; return how long its tasks up to the promotion took together."""
    run = _patience(lambda run: not run.over)(AirflowClient(environment, mwaa).run, run_id)
    if run.state != "success":
        raise RuntimeError(f"run {run_id} ended as {run.state}")
    return sum(task.seconds or 0 for task in run.tasks if task.name not in {"materialise", "report"})


def _patience(unfinished: Callable[[Any], bool]) -> tenacity.Retrying:
    """Return what repeats a call while its result is unfinished."""
    return tenacity.Retrying(
        retry=tenacity.retry_if_result(unfinished),
        stop=tenacity.stop_after_delay(LONGEST_RUN_S),
        wait=tenacity.wait_fixed(POLL_S),
    )
