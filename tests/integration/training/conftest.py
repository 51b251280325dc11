"""A real MLflow server on the emulator's S3, and versions in it that are quick to make."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING

import boto3
import mlflow
import pytest

from local.ports import free_port
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.reviews.sample import load_sample
from tests.integration.servers import wait_until_up
from tests.integration.training.versions import MakeVersion, forget_versions
from training.registry import storage
from training.registry.registry import Registry
from training.registry.tracking import Tracking
from training.runs.dataset import Dataset, make_dataset
from training.runs.run import Candidate, tracked_run
from training.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

    from tests.integration.resources import Resources

REGION = "us-east-1"


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
def bucket(resources: Resources) -> str:
    """An artifacts bucket of the test's own; the environment has its name, and an empty lake's."""
    return resources.artifacts


@pytest.fixture
def s3(emulator: str) -> S3Client:
    """A plain client."""
    return boto3.client("s3", endpoint_url=emulator, region_name=REGION)


@pytest.fixture
def settings(mlflow_server: str, bucket: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What the command line reads from the environment."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server)
    monkeypatch.setenv("ARTIFACTS_BUCKET", bucket)
    return load_settings()


@pytest.fixture
def tracking(mlflow_server: str) -> Tracking:
    """A tracking server without any version of the model."""
    tracking = Tracking(mlflow_server)
    mlflow.set_tracking_uri(mlflow_server)
    forget_versions(tracking)
    return tracking


@pytest.fixture
def registry(tracking: Tracking, settings: Settings) -> Registry:
    """A registry without a production version."""
    store = storage.ArtifactStore(settings.artifacts_bucket, region=settings.aws_region)
    return Registry(tracking, store)


@pytest.fixture
def make_version(tracking: Tracking) -> MakeVersion:
    return MakeVersion(tracking)


@pytest.fixture(scope="session")
def small_dataset() -> Dataset:
    """Enough reviews of the built-in sample to train on, few enough to be quick."""
    return make_dataset("a sixth of the sample", load_sample()[::6], replayed=False)


@pytest.fixture(scope="session")
def candidate(mlflow_server: str, small_dataset: Dataset) -> Candidate:
    """A real run, shared by tests that only read it."""
    return tracked_run(Tracking(mlflow_server), small_dataset, Hyperparameters(folds=2), step=lambda _: None)


@pytest.fixture
def silent_server() -> Iterator[str]:
    """The URL of a server that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:  # the backlog accepts, nobody reads
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def closed_port() -> str:
    """A URL at which nothing listens."""
    return f"http://127.0.0.1:{free_port()}"
