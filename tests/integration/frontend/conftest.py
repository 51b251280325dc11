"""The whole API behind a web address, on the emulator's tables."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import httpx
import pytest
import tenacity
import uvicorn

from local.ports import HOST, free_port
from tests.browser import chromium
from tests.integration.lambdas.api import API_KEY, REVIEWERS_API_KEY, whole_api
from tests.integration.resources import REVIEWERS_API_KEY_ID

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.integration.resources import Resources


class Served(uvicorn.Server):
    """A server that says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.up.set()


@pytest.fixture
def api_url(resources: Resources) -> Iterator[str]:
    port = free_port()
    api = whole_api(resources, {API_KEY: "id-of-a-key", REVIEWERS_API_KEY: REVIEWERS_API_KEY_ID})
    server = Served(uvicorn.Config(api, host=HOST, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert server.up.wait(20)
        yield f"http://{HOST}:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def page(api_url: str) -> Iterator[Page]:
    """The pages' server in a process of its own, in a real browser."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "frontend.server:app",
        "--host",
        HOST,
        "--port",
        str(port),
        "--no-access-log",
    ]
    keys = {"API_URL": api_url, "API_KEY": API_KEY, "REVIEWERS_API_KEY": REVIEWERS_API_KEY}
    with chromium() as browser, subprocess.Popen(command, env=os.environ | keys) as server:
        try:
            _wait_until_it_answers(f"http://{HOST}:{port}/_stcore/health")
            yield browser.new_page(base_url=f"http://{HOST}:{port}")
        finally:
            server.terminate()


@tenacity.retry(
    wait=tenacity.wait_fixed(0.1),
    stop=tenacity.stop_after_delay(60),
    retry=tenacity.retry_if_exception_type(httpx.HTTPError),
    reraise=True,
)
def _wait_until_it_answers(url: str) -> None:
    httpx.get(url, trust_env=False).raise_for_status()
