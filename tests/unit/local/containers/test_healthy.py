"""A container's health check."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from local.containers.healthy import main

if TYPE_CHECKING:
    from collections.abc import Iterator


class Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(500 if self.path == "/broken" else 200)
        self.end_headers()
        self.wfile.write(b'{"scheduler": {"status": "healthy"}, "dag_processor": {"status": null}}')

    def log_message(self, *_arguments: object) -> None:
        """Print nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Health) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_server_that_answers_is_healthy(url: str) -> None:
    main(f"{url}/health")
    main(f"{url}/health", "scheduler")


def test_an_error_a_sick_job_and_silence_are_not(url: str) -> None:
    with pytest.raises(OSError, match="500"):
        main(f"{url}/broken")
    with pytest.raises(SystemExit, match="dag_processor"):
        main(f"{url}/health", "dag_processor")
    with pytest.raises(OSError, match="refused"):
        main("http://127.0.0.1:1/health")
