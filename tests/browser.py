"""A real browser, and a server of pages that are not the loop's."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Browser, sync_playwright

from tests import needs

if TYPE_CHECKING:
    from collections.abc import Iterator

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.test 127.0.0.1",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser for which every name that ends in `.test` is this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=needs.chromium(), args=_FLAGS)
        yield browser
        browser.close()


@contextmanager
def server_of_an_empty_page() -> Iterator[int]:
    """Answer every GET with an empty page for the body; return the port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _EmptyPage) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


class _EmptyPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>A page</title><body></body>")

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 (its base class's)
        """Print nothing."""
