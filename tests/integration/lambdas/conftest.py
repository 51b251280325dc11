"""The functions, on the emulator."""

from __future__ import annotations

import hashlib
import socket
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from lambdas.shared.web import gateway
from sentiment.schemas.pointer import POINTER_KEY, DataWindow, Pointer
from tests.integration.lambdas.functions import cold_start, tiny_artifact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.lambdas.functions import Function, Publish
    from tests.integration.resources import Resources


@pytest.fixture(scope="session", autouse=True)
def _event_loop_of_the_functions() -> Iterator[None]:
    yield
    gateway.event_loop().close()


@pytest.fixture
def start_inference(resources: Resources) -> Callable[[], Function]:
    """Return what cold-starts the inference function."""
    assert resources.environment
    return lambda: cold_start("inference")


@pytest.fixture
def inference(start_inference: Callable[[], Function], publish: Publish) -> Function:
    """The inference function, serving model version 1."""
    publish("1")
    return start_inference()


@pytest.fixture
def feedback(resources: Resources) -> Function:
    """The feedback function."""
    assert resources.environment
    return cold_start("feedback")


@pytest.fixture
def archive(resources: Resources) -> Function:
    """The archive function, whose handler takes the events of streams."""
    assert resources.environment
    return cold_start("archive")


@pytest.fixture
def publish(resources: Resources) -> Publish:
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
def silent_server() -> Iterator[str]:
    """The URL of a server that accepts and never answers."""
    accepted = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    accepted.append(server.accept()[0])
                except OSError:  # closed: the test is over
                    return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)
    for connection in accepted:
        connection.close()
