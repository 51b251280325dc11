"""A small API over real HTTP with answers that a test chooses."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, dict[str, str], bytes]
Answer = Callable[[str, dict[str, Any]], Reply]


@dataclass
class FakeApi:
    """Where it is, and what it was sent."""

    url: str
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


def says(status: int, content: object, **headers: str) -> Reply:
    """A JSON answer; headers with underscores for hyphens."""
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, json.dumps(content).encode()


def well(path: str, body: dict[str, Any]) -> Reply:
    """What the API says when all is well: every review with a y in it is positive."""
    if path == "/predict":
        label = "positive" if "y" in body["text"] else "negative"
        return says(200, {"prediction_id": f"id of {body['text']}", "label": label})
    return says(201, {"outcome": "recorded"})


@contextmanager
def serving(answer: Answer) -> Iterator[FakeApi]:
    """Serve until the block ends."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._reply({})

        def do_POST(self) -> None:
            self._reply(json.loads(self.rfile.read(int(self.headers["content-length"]))))

        def _reply(self, body: dict[str, Any]) -> None:
            with lock:
                api.calls.append((self.path, body))
                api.keys.append(self.headers["x-api-key"])
            status, headers, content = answer(self.path, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing: the test's output is the test's."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Nothing: a client that went away is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    api = FakeApi(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
