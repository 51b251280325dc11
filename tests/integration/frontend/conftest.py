"""The whole API behind a web address, on the emulator's tables."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import uvicorn

from local.ports import HOST, free_port
from tests.integration.lambdas.api import whole_api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.resources import Resources


class Served(uvicorn.Server):
    """A server that says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()

    async def startup(self, sockets: list[object] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)  # type: ignore[arg-type] # the sockets that it was given
        self.up.set()


@pytest.fixture
def api_url(resources: Resources) -> Iterator[str]:
    port = free_port()
    server = Served(uvicorn.Config(whole_api(resources, "id-of-a-key"), host=HOST, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert server.up.wait(20)
        yield f"http://{HOST}:{port}"
    finally:
        server.should_exit = True
        thread.join()
