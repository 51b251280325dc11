"""Servers are recognised by their answers."""

from __future__ import annotations

import socketserver
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from local.health import ask_localstack
from local.http_client import get
from local.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def answering(raw: bytes) -> Iterator[str]:
    """A server that answers every request with the same bytes."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.rfile.readline()
            self.wfile.write(raw)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_a_server_that_does_not_speak_http_is_described() -> None:
    with answering(b"SSH-2.0-OpenSSH_9.2\r\n") as endpoint:
        problem, _ = get(endpoint)
        assert "does not speak HTTP" in problem


def test_an_answer_that_is_not_text_is_not_localstack() -> None:
    with answering(b"HTTP/1.0 200 OK\r\n\r\n\xff\xfe") as endpoint:
        assert "is not LocalStack" in ask_localstack(endpoint, loop_name="SentimentLoop").problem


def test_a_server_that_answers_everything_is_not_localstack() -> None:
    with answering(b"HTTP/1.0 200 OK\r\n\r\n{}") as endpoint:
        assert "is not LocalStack" in ask_localstack(endpoint, loop_name="SentimentLoop").problem


@pytest.mark.parametrize(("host", "through_proxy"), [("api.example", True), ("127.0.0.1:9", False)])
def test_servers_on_this_machine_are_never_called_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch, host: str, *, through_proxy: bool
) -> None:
    for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with answering(b'HTTP/1.0 200 OK\r\n\r\n{"said": "by the proxy"}') as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        problem, answer = get(f"http://{host}/health")
    assert (answer == {"said": "by the proxy"}) is through_proxy
    assert bool(problem) is not through_proxy


@pytest.mark.parametrize(
    "name", ["with;semicolon", "with:colon", "with?question mark", 'with"quote', "with\nline break"]
)
def test_a_path_that_the_supervisor_cannot_handle_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="cannot be used"):
        Settings.model_validate({"local_dir": name})
