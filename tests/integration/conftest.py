"""A real emulator on a free port, with the resources of the data stack, and a real MLflow on its S3."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from lambdas.shared import aws
from lambdas.shared.audit_table import INDEX
from local.ports import free_port
from sentiment.schemas.bucket import BY_DAY
from sentiment.schemas.pointer import POINTER_KEY, DataWindow, Pointer
from tests.integration.lambdas.functions import tiny_artifact
from tests.integration.resources import SECRET, Clients, Resources
from tests.integration.servers import wait_until_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.lambdas.functions import Publish

PROJECT = Path(__file__).parents[2]
EMULATOR = PROJECT / ".emulator" / "bin" / "python"
REGION = "us-east-1"


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an emulator, to which the environment of this process directs every AWS client."""
    if not EMULATOR.exists():
        pytest.fail("the emulator is not installed: run `make .emulator/ready`")
    folder = tmp_path_factory.mktemp("emulator")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "AWS_ENDPOINT_URL": url,
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([EMULATOR, "-m", "ministack"], env=environment, stdout=log, stderr=log)
    try:
        wait_until_up(f"{url}/_ministack/health", process, folder / "log", within_s=30)
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                patch.delenv(name)
            patch.setenv("AWS_ENDPOINT_URL", url)
            patch.setenv("AWS_ACCESS_KEY_ID", "test")
            patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
            patch.setenv("AWS_DEFAULT_REGION", REGION)
            patch.setenv("AWS_REGION", REGION)
            patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
            yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def clients(emulator: str) -> Iterator[Clients]:
    """Clients with which tests inspect the emulator."""
    made = Clients(
        dynamodb=boto3.client("dynamodb", endpoint_url=emulator),
        s3=boto3.client("s3", endpoint_url=emulator),
        secrets_manager=boto3.client("secretsmanager", endpoint_url=emulator),
    )
    yield made
    for client in made:
        client.close()
    forget_clients_of_functions()


@pytest.fixture(scope="session")
def mlflow_server(emulator: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a tracking server, started as on a laptop."""
    folder = tmp_path_factory.mktemp("mlflow")
    bucket = f"mlflow-{uuid.uuid4().hex[:12]}"
    boto3.client("s3", endpoint_url=emulator, region_name=REGION).create_bucket(Bucket=bucket)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "HOME": str(folder),
        "MLFLOW_S3_ENDPOINT_URL": emulator,
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    command = [
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "1", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db"),
        *("--artifacts-destination", f"s3://{bucket}/mlflow"),
    ]
    log_path = folder / "log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)
    try:
        wait_until_up(f"{url}/version", process, log_path, within_s=120)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture
def resources(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Resources:
    """Tables with the data stack's keys and streams, empty buckets and a secret, all named in the environment."""
    mark = uuid.uuid4().hex[:12]
    for name, key, streamed in (
        ("predictions", "prediction_id", True),
        ("feedback", "prediction_id", True),
        ("product-stats", "entity_id", False),
    ):
        clients.dynamodb.create_table(
            TableName=f"{name}-{mark}",
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification=(
                {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"} if streamed else {"StreamEnabled": False}
            ),
        )
    clients.dynamodb.create_table(
        TableName=f"monitoring-{mark}",
        KeySchema=[
            {"AttributeName": "series", "KeyType": "HASH"},
            {"AttributeName": "entry", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("series", "entry")],
        BillingMode="PAY_PER_REQUEST",
    )
    clients.dynamodb.create_table(
        TableName=f"quality-{mark}",
        KeySchema=[{"AttributeName": "bucket", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("bucket", "utc_day")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": BY_DAY,
                "KeySchema": [{"AttributeName": "utc_day", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["tp", "fp", "tn", "fn"]},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    clients.dynamodb.create_table(
        TableName=f"audit-{mark}",
        KeySchema=[{"AttributeName": "entry", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("entry", "listed_in", "place")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": INDEX,
                "KeySchema": [
                    {"AttributeName": "listed_in", "KeyType": "HASH"},
                    {"AttributeName": "place", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["drawn"]},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    for name in ("lake", "artifacts"):
        clients.s3.create_bucket(Bucket=f"{name}-{mark}")
    secret = clients.secrets_manager.create_secret(Name=f"rater-key-{mark}", SecretString=SECRET)
    made = Resources(
        predictions=f"predictions-{mark}",
        feedback=f"feedback-{mark}",
        quality=f"quality-{mark}",
        audit=f"audit-{mark}",
        monitoring=f"monitoring-{mark}",
        product_stats=f"product-stats-{mark}",
        lake=f"lake-{mark}",
        artifacts=f"artifacts-{mark}",
        rater_key_secret=secret["ARN"],
        dynamodb=clients.dynamodb,
        s3=clients.s3,
    )
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture
def publish(resources: Resources) -> Publish:
    """Return what promotes a version: its artifact, or the tiny one, and the pointer."""

    def publish_version(version: str, *, data: bytes | None = None, sha256: str | None = None) -> Pointer:
        data = tiny_artifact(version) if data is None else data
        key = f"mlflow/{version}/model.json.gz"
        resources.s3.put_object(Bucket=resources.artifacts, Key=key, Body=data)
        now = datetime(2026, 11, 23, 12, tzinfo=UTC)
        pointer = Pointer(
            model_version=version,
            run_id=f"run-{version}",
            artifact_uri=f"s3://{resources.artifacts}/{key}",
            sha256=sha256 or hashlib.sha256(data).hexdigest(),
            trained_at=now,
            promoted_at=now,
            previous_version=None,
            metrics={"macro_f1": 0.87},
            data_window=DataWindow(start=now, end=now, replayed=True),
            feature_service=None,
        )
        resources.s3.put_object(Bucket=resources.artifacts, Key=POINTER_KEY, Body=pointer.model_dump_json().encode())
        return pointer

    return publish_version


@pytest.fixture
def other_endpoints() -> Iterator[None]:
    """For a test that gives the functions another endpoint: their clients live as long as the process."""
    forget_clients_of_functions()
    yield
    forget_clients_of_functions()


def forget_clients_of_functions() -> None:
    for made_once in (
        aws.s3,
        aws.dynamodb,
        aws.quick_dynamodb,
        aws.brief_dynamodb,
        aws.secrets_manager,
        aws.brief_secrets_manager,
    ):
        if made_once.cache_info().currsize:
            made_once().close()
        made_once.cache_clear()
    aws._session.cache_clear()
