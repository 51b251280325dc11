"""The client of the API: what it returns, and what it says when it cannot."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx
import pytest

from frontend.clients import api
from frontend.clients.api import Api
from frontend.clients.problems import ProblemError
from local.ports import free_port
from tests.integration.lambdas.api import API_KEY

if TYPE_CHECKING:
    from sentiment.schemas.api import Verdict
    from tests.integration.lambdas.functions import Publish


def test_a_verdict_counts_once_and_can_be_changed(api_url: str, publish: Publish) -> None:
    publish("7")
    verdicts: tuple[Verdict, ...] = ("up", "up", "down")
    with closing(Api(api_url, API_KEY)) as client:
        prediction = client.predict("A great thing", None)
        said = [client.feedback(prediction.prediction_id, verdict, "somebody") for verdict in verdicts]

    assert (prediction.label, prediction.model_version) == ("positive", "7")
    assert [(one.outcome, one.label, one.revision) for one in said] == [
        ("recorded", "positive", 1),
        ("repeated", "positive", 1),
        ("changed", "negative", 2),
    ]


def problem(url: str, text: str, key: str = API_KEY) -> ProblemError:
    """Return why a text is not predicted."""
    with closing(Api(url, key)) as client, pytest.raises(ProblemError) as raised:
        client.predict(text, None)
    return raised.value


def test_what_is_refused_is_said_in_a_sentence(api_url: str) -> None:
    no_model, blank = problem(api_url, "great"), problem(api_url, " ")
    assert (str(no_model), no_model.may_repeat) == (
        "There is no model to answer yet. Try again in a minute.",
        True,
    )
    assert (str(blank), blank.may_repeat) == ("The text is blank.", False)
    assert str(problem(api_url, "great", key="another")) == "The API refuses this application's API key."


@pytest.mark.parametrize(
    ("code", "sentence", "may_repeat"),
    [
        ("throttled", "There are too many requests at the moment. Try again in a few seconds.", True),
        ("quota_exceeded", "This application has used up its requests for today.", False),
    ],
)
def test_a_full_gateway_says_whether_to_try_again(code: str, sentence: str, *, may_repeat: bool) -> None:
    body = json.dumps({"error": {"code": code, "message": "the gateway's own"}}).encode()

    class Full(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(429)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Full) as server:
        threading.Thread(target=server.serve_forever).start()
        said = problem(f"http://127.0.0.1:{server.server_port}", "great")
        server.shutdown()
    assert (str(said), said.may_repeat) == (sentence, may_repeat)


def test_an_api_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "TIMEOUT", httpx.Timeout(0.2))
    assert "does not answer" in str(problem(f"http://127.0.0.1:{free_port()}", "great"))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert "takes too long" in str(problem(f"http://127.0.0.1:{silent.getsockname()[1]}", "great"))
