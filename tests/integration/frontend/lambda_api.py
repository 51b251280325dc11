"""A function behind the API of Lambda, as boto3 calls it."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAME = "SentimentLoop-Retrain"


class _Invocation(BaseHTTPRequestHandler):
    handler: Callable[[Any, object], dict[str, Any]]

    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, failed, answer = 200, False, {}
        if self.path != f"/2015-03-31/functions/{NAME}/invocations":
            status, answer = 404, {"Message": "Function not found"}
        else:
            try:
                answer = type(self).handler(event, None)
            except RuntimeError as error:
                failed, answer = True, {"errorMessage": str(error)}
        self.send_response(status)
        if status != 200:
            self.send_header("x-amzn-ErrorType", "ResourceNotFoundException")
        if failed:
            self.send_header("X-Amz-Function-Error", "Unhandled")
        body = json.dumps(answer).encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serving(handler: Callable[[Any, object], dict[str, Any]]) -> Iterator[str]:
    """Serve Lambda's API for one function; its URL."""
    requests = type("Requests", (_Invocation,), {"handler": staticmethod(handler)})
    with ThreadingHTTPServer(("127.0.0.1", 0), requests) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
    thread.join()
