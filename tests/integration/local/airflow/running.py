"""A running Airflow for tests."""

# ruff: noqa: ANN401 - what Airflow answers is JSON

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from local import start
from local.terminal import Step
from ops import airflow_client

if TYPE_CHECKING:
    from mypy_boto3_mwaa import MWAAClient
    from mypy_boto3_s3 import S3Client

    from local.loop import Loop

OVER = {"success", "failed"}


@dataclass(frozen=True)
class RunningAirflow:
    """Airflow on a bucket of the tests, with the MWAA API in front of it."""

    loop: Loop
    bucket: str
    s3: S3Client

    @property
    def name(self) -> str:
        """The environment's name."""
        return self.loop.settings.loop_name

    def make_up(self) -> None:
        """Start Airflow as `make up` does, from any state."""
        start.supervisor(self.loop)
        start.launch_airflow(self.loop, self.s3, bucket=self.bucket)
        start.airflow(
            self.loop, Step("Start Airflow", 20), dag_problem=airflow_client.connect(self.loop, self.name).problem
        )

    def mwaa(self) -> MWAAClient:
        """An unmodified boto3 client."""
        return boto3.client(
            "mwaa",
            endpoint_url=self.loop.mwaa_url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(inject_host_prefix=False, retries={"total_max_attempts": 1}),
        )

    def call(self, method: Any, path: str, **body: Any) -> dict[str, Any]:
        """Call Airflow's REST API through MWAA's."""
        given = {"Body": body} if body else {}
        answer = self.mwaa().invoke_rest_api(Name=self.name, Path=path, Method=method, **given)
        return dict(answer["RestApiResponse"])

    def trigger(self, dag_id: str, run_id: str) -> None:
        """Start a run."""
        self.call("POST", f"/dags/{dag_id}/dagRuns", dag_run_id=run_id, logical_date=None)

    def run_until_over(self, dag_id: str, run_id: str, *, timeout_s: float = 240) -> dict[str, Any]:
        """Wait for the end of a run and return it."""

        def look() -> dict[str, Any]:
            return self.call("GET", f"/dags/{dag_id}/dagRuns/{run_id}")

        return dict(self.wait(look, lambda run: run["state"] in OVER, timeout_s=timeout_s))

    def object(self, key: str) -> Any:
        """The JSON of an object in the bucket, or None if it does not exist yet."""
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=key)
        if not found["KeyCount"]:
            return None
        return json.loads(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    @staticmethod
    def wait(look: Any, good: Any, *, timeout_s: float = 60) -> Any:
        """Repeat a call until its result is accepted, and return that."""
        waiting = Retrying(
            retry=retry_if_result(lambda seen: not good(seen)), stop=stop_after_delay(timeout_s), wait=wait_fixed(0.2)
        )
        return waiting(look)
