"""Calls beside a push are answered as without one, even if the push fails or hangs."""

from __future__ import annotations

import logging
import re
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.shared.gateway_calls import resource_of, status_of
from lambdas.shared.pushing import gateway
from lambdas.shared.pushing.counting import Counting
from tests.integration.lambdas.functions import cold_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.lambdas.functions import Publish
    from tests.integration.resources import Resources

    Behaviour = Callable[[socket.socket, threading.Event], None]

WAIT_S = 30
FOREVER_S = 3600.0


class BadGateway:
    """A server with a behaviour of its own.

    Attributes:
        url: Its address.
        reached: Set once somebody has connected.
        connections: How many have.
        over: Set when the test is over.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.reached = threading.Event()
        self.connections = 0
        self.over = threading.Event()


def is_silent(_connection: socket.socket, over: threading.Event) -> None:
    over.wait()


def drips(connection: socket.socket, over: threading.Event) -> None:
    """Send a status line that does not end, byte by byte."""
    connection.sendall(b"HTTP/1.1 200 O")
    while not over.wait(0.02):
        connection.sendall(b"K")


def floods(connection: socket.socket, over: threading.Event) -> None:
    """Send a line that does not end, as fast as it is read."""
    while not over.is_set():
        connection.sendall(b"x" * 4096)


def closes(_connection: socket.socket, _over: threading.Event) -> None:
    pass


def is_no_web_server(connection: socket.socket, _over: threading.Event) -> None:
    _read(connection)
    connection.sendall(b"-ERR unknown command\r\n")


def answers(status: int) -> Behaviour:
    def answer(connection: socket.socket, _over: threading.Event) -> None:
        _read(connection)
        connection.sendall(f"HTTP/1.1 {status} Sorry\r\nContent-Length: 0\r\n\r\n".encode())

    return answer


def _read(connection: socket.socket) -> None:
    """Read a whole request: what is left unread would reset the connection."""
    head, body = b"", b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(4096)
    head, _, body = head.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or b"0")
    while len(body) < length:
        body += connection.recv(4096)


@contextmanager
def bad_gateway(behaviour: Behaviour) -> Iterator[BadGateway]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        made = BadGateway(f"http://user:secret@127.0.0.1:{server.getsockname()[1]}")

        def serve(connection: socket.socket) -> None:
            with connection, suppress(OSError):  # the client may go at any time
                behaviour(connection, made.over)

        def accept() -> None:
            with suppress(OSError):  # shut down: the test is over
                while True:
                    connection = server.accept()[0]
                    made.connections += 1
                    made.reached.set()
                    serving.append(threading.Thread(target=serve, args=(connection,)))
                    serving[-1].start()

        serving: list[threading.Thread] = []
        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield made
        finally:
            made.over.set()
            server.shutdown(socket.SHUT_RDWR)
            for thread in (accepting, *serving):
                thread.join(WAIT_S)


class Calls:
    """A function that counts and pushes to an address, at times that the test sets."""

    def __init__(self, url: str) -> None:
        self.now = 0.0
        self._function: Counting[dict[str, Any], dict[str, Any]] = Counting(
            lambda event, _: {"statusCode": 200, "body": event["body"]},
            function="inference",
            pushgateway_url=url,
            status_of=status_of,
            route_of=resource_of,
            clock=lambda: self.now,
        )

    def call(self, at: float, times: int = 1) -> None:
        """Call the function, and check its answer."""
        self.now = at
        for number in range(times):
            answer = self._function({"resource": "/predict", "body": str(number)}, None)
            assert answer == {"statusCode": 200, "body": str(number)}


def push_thread() -> threading.Thread:
    return next(thread for thread in threading.enumerate() if thread.name == "push")


def wait_for_the_push() -> None:
    for thread in threading.enumerate():
        if thread.name == "push":
            thread.join(WAIT_S)
            assert not thread.is_alive()


@pytest.mark.parametrize("behaviour", [is_silent, drips])
def test_calls_are_answered_while_a_gateway_holds_a_push(behaviour: Behaviour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "TIMEOUT_S", FOREVER_S)
    with bad_gateway(behaviour) as bad:
        calls = Calls(bad.url)
        calls.call(0, times=2)
        pushing = push_thread()
        assert bad.reached.wait(WAIT_S)
        calls.call(1000, times=10)

        assert pushing.is_alive(), "it is held, and no answer was"
        assert bad.connections == 1, "one push at a time"
    pushing.join(WAIT_S)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (is_silent, "no answer within 200 ms"),
        (drips, "no answer within 200 ms"),
        (floods, "what answers is no web server"),
        (closes, "ConnectionResetError|BrokenPipeError"),
        (is_no_web_server, "what answers is no web server"),
        (answers(400), "the gateway answers 400"),
        (answers(401), "the gateway answers 401"),
        (answers(302), "the gateway answers 302"),
        (answers(500), "the gateway answers 500"),
    ],
)
def test_a_push_ends_by_itself_and_pauses_the_next(
    behaviour: Behaviour, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="lambdas")
    with bad_gateway(behaviour) as bad:
        calls = Calls(bad.url)
        calls.call(0, times=2)
        wait_for_the_push()
        assert not bad.over.is_set(), "the gateway would have gone on"
        calls.call(59.9, times=2)
        assert bad.connections == 1
        calls.call(60, times=2)
        wait_for_the_push()
        assert bad.connections == 2

    assert caplog.messages
    for line in caplog.messages:
        assert re.fullmatch(f"metrics are not pushed: ({reason})", line), line


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://user:secret@127.0.0.1:1", "ConnectionRefusedError"),
        ("https://user:secret@127.0.0.1:1/behind/a/path", "ConnectionRefusedError"),
        ("http://user:secret@127.0.0.1:port", "ValueError"),
        ("http://user:secret@127.0.0.1:1 /", "ValueError"),
        ("http://", "gaierror"),
        ("http://user:sec/ret@127.0.0.1", "ValueError"),
    ],
)
def test_a_wrong_address_costs_the_push_and_shows_no_password(
    url: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    calls = Calls(url)
    calls.call(0, times=3)
    wait_for_the_push()

    (line,) = caplog.messages
    assert re.fullmatch(f"metrics are not pushed: ({reason})", line), line


def test_a_name_that_does_not_resolve_holds_one_push_and_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system gives no way to end it; the push fails when it does end."""
    asked, end = threading.Event(), threading.Event()

    def hang(*_: object, **__: object) -> None:
        asked.set()
        end.wait(WAIT_S)
        raise socket.gaierror(socket.EAI_AGAIN, "no name server answers")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    calls = Calls("http://pushgateway.internal:9091")
    calls.call(0, times=2)
    assert asked.wait(WAIT_S)
    pushing = push_thread()
    calls.call(FOREVER_S, times=10)
    assert [thread for thread in threading.enumerate() if thread.name == "push"] == [pushing]
    end.set()
    pushing.join(WAIT_S)


def test_the_inference_function_answers_while_a_push_hangs(
    resources: Resources, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert resources.environment
    monkeypatch.setattr(gateway, "TIMEOUT_S", FOREVER_S)
    publish("1")
    with bad_gateway(is_silent) as bad:
        monkeypatch.setenv("PUSHGATEWAY_URL", bad.url)
        inference = cold_start("inference")
        for _ in range(2):
            assert inference.call("POST", "/predict", {"text": "great"}).status == 200
        assert bad.reached.wait(WAIT_S)
        pushing = push_thread()
        assert inference.call("POST", "/predict", {"text": "great"}).json["label"] == "positive"
        assert pushing.is_alive()
    pushing.join(WAIT_S)
