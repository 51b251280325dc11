"""The functions, on the emulator."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from lambdas.shared.web import gateway
from tests.integration.lambdas.functions import cold_start

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
