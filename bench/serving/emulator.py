"""An emulator for a benchmark, with the loop's secret, and the tables, bucket and models that the functions need."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import tenacity

from bench.processes import PROJECT
from local.ports import free_port
from sentiment.model.artifact import dump
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.training import train
from sentiment.reviews.example import as_examples
from sentiment.reviews.sample import load_sample
from sentiment.schemas.pointer import POINTER_KEY, DataWindow, Pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EMULATOR = PROJECT / ".emulator" / "bin" / "python"


@contextmanager
def emulator() -> Iterator[dict[str, str]]:
    """Yield the environment variables with which a function runs on this emulator."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("wb") as log:
        own = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "HOME": folder, "TMPDIR": folder}
        process = subprocess.Popen(
            [EMULATOR, "-m", "ministack"], env={"PATH": os.environ["PATH"], **own}, stdout=log, stderr=log
        )
        try:
            _wait_for(port)
            environment = {
                "PATH": os.environ["PATH"],
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_EC2_METADATA_DISABLED": "true",
                "PREDICTIONS_TABLE": "predictions",
                "AUDIT_TABLE": "audit",
                "PRODUCT_STATS_TABLE": "product_stats",
                "WINDOW_DAYS": "90",
                "RATER_KEY_SECRET": "rater-key",
                "ARTIFACTS_BUCKET": "artifacts",
            }
            secrets = session_of(environment).client("secretsmanager", endpoint_url=environment["AWS_ENDPOINT_URL"])
            secrets.create_secret(Name=environment["RATER_KEY_SECRET"], SecretString="a secret of the benchmark")
            yield environment
        finally:
            process.terminate()
            process.wait(timeout=20)


@tenacity.retry(
    wait=tenacity.wait_fixed(0.1),
    stop=tenacity.stop_after_delay(30),
    retry=tenacity.retry_if_exception_type(OSError),
    reraise=True,
)
def _wait_for(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=1).close()


def session_of(environment: Mapping[str, str]) -> boto3.Session:
    """Return a session with the environment's credentials."""
    return boto3.Session(
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_DEFAULT_REGION"],
    )


def fill(environment: Mapping[str, str], peers: Mapping[str, bytes]) -> None:
    """Create the tables and the bucket, promote a model of the sample, and upload the peers' models."""
    artifact = dump(train(as_examples(load_sample()), Hyperparameters()).artifact)
    session = session_of(environment)
    dynamodb = session.client("dynamodb", endpoint_url=environment["AWS_ENDPOINT_URL"])
    s3 = session.client("s3", endpoint_url=environment["AWS_ENDPOINT_URL"])
    keys = {"PREDICTIONS_TABLE": "prediction_id", "AUDIT_TABLE": "entry", "PRODUCT_STATS_TABLE": "entity_id"}
    for table, key in keys.items():
        dynamodb.create_table(
            TableName=environment[table],
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    bucket = environment["ARTIFACTS_BUCKET"]
    s3.create_bucket(Bucket=bucket)
    now = datetime.now(UTC)
    pointer = Pointer(
        model_version="1",
        run_id="bench",
        artifact_uri=f"s3://{bucket}/model.json.gz",
        sha256=hashlib.sha256(artifact).hexdigest(),
        trained_at=now,
        promoted_at=now,
        data_window=DataWindow(start=None, end=None, replayed=True),
    )
    objects = {"model.json.gz": artifact, POINTER_KEY: pointer.model_dump_json().encode(), **peers}
    for key, body in objects.items():
        s3.put_object(Bucket=bucket, Key=key, Body=body)
