"""Versions in a real MLflow that are quick to make, and a registry of them."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import boto3
import mlflow
import pytest

from local.ports import free_port
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.reviews.sample import load_sample
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
