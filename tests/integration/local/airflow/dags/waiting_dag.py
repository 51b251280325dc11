"""Two tasks; the first reports that it has started, and then waits for an object."""

from __future__ import annotations

import os
from datetime import timedelta

import boto3
import tenacity
from airflow.sdk import dag, get_current_context, task


@dag(
    dag_id="waiting",
    schedule=None,
    is_paused_upon_creation=False,
    default_args={"retries": 3, "retry_delay": timedelta(seconds=1)},
)
def waiting() -> None:
    """The flow."""

    @task(execution_timeout=timedelta(minutes=2))
    def wait() -> str:
        run_id = get_current_context()["run_id"]
        bucket = os.environ["PROBED_BUCKET"]
        s3 = boto3.client("s3")
        s3.put_object(Bucket=bucket, Key=f"begun/{run_id}/{os.getpid()}.json", Body=str(os.getpid()))
        tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda found: found["KeyCount"] == 0), wait=tenacity.wait_fixed(0.2)
        )(s3.list_objects_v2, Bucket=bucket, Prefix=f"go/{run_id}")
        return f"s3://{bucket}/go/{run_id}"

    @task
    def go_on(address: str) -> str:
        return address

    go_on(wait())  # type: ignore[arg-type]  # TaskFlow gives the task the value


waiting()
