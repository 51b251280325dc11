"""A proxy that breaks from a chosen request on: clients see what they see when a server dies."""

from __future__ import annotations

import socket
import sys
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Literal, get_args
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Moment = Literal["before the server has it", "after the server has it", "half-way through the answer", "refused"]
MOMENTS: tuple[Moment, ...] = get_args(Moment)

_OF_A_CONNECTION = {"connection", "content-length", "expect", "keep-alive", "transfer-encoding"}


class BreakingProxy(ThreadingHTTPServer):
    """Forwards requests until it is told to break."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, upstream: str, kind: Callable[[str], str] | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = urlsplit(upstream).netloc
        self._kind = kind
        self._lock = Lock()
        self.mend()

    @property
    def url(self) -> str:
        """The URL that it listens on."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def mend(self) -> None:
        """Forward everything again."""
        with self._lock:
            self._left: int | None = None
            self._only = ""
            self._last = ""
            self._once = False
            self._moment: Moment = "refused"
            self.broken: list[str] = []

    def break_at(self, number: int, moment: Moment, *, only: str = "", once: bool = False) -> None:
        """Break at a future request and at all after it.

        Args:
            number: The number of the request, from 1; several of a kind in a row count as one.
            moment: When to break.
            only: Count and break only requests whose method and path contain this.
            once: Break at this request only.
        """
        self.mend()
        with self._lock:
            self._left, self._moment, self._only, self._once = number, moment, only, once

    def moment_of(self, asked: str) -> Moment | None:
        """Return when a request breaks, by its method and path; None if it does not."""
        with self._lock:
            if self._left is None or self._only not in asked:
                return None
            last, self._last = self._last, self._kind(asked) if self._kind else ""
            if not self._kind or self._last != last or self._left <= 0:
                self._left -= 1
            if self._left > 0 or (self._once and self._left < 0):
                return None
            self.broken.append(asked)
            return self._moment

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Ignore clients that have disconnected."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # send head and body of an answer in one piece: two would wait for each other
    server: BreakingProxy

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        moment = self.server.moment_of(f"{self.command} {self.path}")
        if moment == "before the server has it":
            self._hang_up()
        elif moment == "refused":
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._answer(body, moment)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Answer a request of any method: `http.server` looks for `do_GET` and so on."""
        if name.startswith("do_"):
            return self._forward
        raise AttributeError(name)

    def _answer(self, body: bytes, moment: Moment | None) -> None:
        upstream = HTTPConnection(self.server.upstream, timeout=60)
        try:
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _OF_A_CONNECTION:
                    upstream.putheader(name, value)
            upstream.putheader("Content-Length", str(len(body)))
            upstream.endheaders(body)
            answer = upstream.getresponse()
            content = answer.read()
        finally:
            upstream.close()
        if moment == "after the server has it" or (moment and not content):
            self._hang_up()
            return
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _OF_A_CONNECTION:
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", length or str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if moment else content)
        if moment:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def handle_expect_100(self) -> bool:
        """Ask for the body at once: clients wait a second for it."""
        asked = super().handle_expect_100()
        self.wfile.flush()
        return asked

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def breaking_proxy(upstream: str, *, kind: Callable[[str], str] | None = None) -> Iterator[BreakingProxy]:
    """Run a proxy in front of a server.

    Args:
        upstream: URL of the server.
        kind: Returns the kind of a request from its method and path; None if each has its own.
    """
    with BreakingProxy(upstream, kind) as proxy:
        thread = Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join(timeout=10)
