"""`make up` tests what changed with a prediction, and makes none when nothing changed."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from local.files import write_whole
from local.loop import open_loop
from local.settings import Settings
from local.terminal import Terminal
from ops import aws, first_predictions, prediction
from sentiment.reviews.held_out import HoldOut
from sentiment.reviews.sample import is_fresh, load_sample

if TYPE_CHECKING:
    from pathlib import Path

    from local.loop import Loop

FOUND = {"api_url": "http://127.0.0.1:9", "api_key": "key"}


class Page(BaseHTTPRequestHandler):
    """Serves a web page instead of the API."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>Back soon</html>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that is overridden
        """Print nothing."""


class Api:
    """Answers like the API, and keeps the requests for predictions."""

    def __init__(self) -> None:
        self.version = "1"
        self.predicted: list[dict[str, str]] = []

    def __call__(self, _found: dict[str, str], path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        if path == "/predict" and body:
            self.predicted.append(body)
            return {"label": "positive", "probability": 0.75, "model_version": self.version}
        return {"model_version": self.version}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    api = Api()
    monkeypatch.setattr(prediction, "call", api)
    return api


@pytest.fixture
def loop(tmp_path: Path) -> Loop:
    write_whole(tmp_path / "deployed.json", '{"fingerprint": "one"}')
    return open_loop(Settings(local_dir=tmp_path), Terminal(tmp_path / "timings.json"))


def test_the_same_deployment_and_model_are_tested_once(loop: Loop, api: Api) -> None:
    assert "positive" in prediction.verify(loop, FOUND)
    assert prediction.verify(loop, FOUND) == "model version 1, tested before"
    assert [body["product_id"] for body in api.predicted] == [prediction.PRODUCT]


@pytest.mark.parametrize("change", ["deployment", "model", "damaged"])
def test_a_new_deployment_or_model_is_tested_with_a_prediction(loop: Loop, api: Api, change: str) -> None:
    prediction.verify(loop, FOUND)
    match change:
        case "deployment":
            write_whole(loop.state_dir / "deployed.json", '{"fingerprint": "two"}')
        case "model":
            api.version = "2"
        case "damaged":
            (loop.state_dir / "proved.json").write_text("{")
    assert "positive" in prediction.verify(loop, FOUND)
    assert len(api.predicted) == 2


def test_authors_rate_a_new_loop_on_what_it_was_not_trained_on(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = {review.full_text: review for review in load_sample()}
    sent: list[str] = []
    verdicts: dict[str, str] = {}

    class Secrets:
        def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 (boto3's own name)
            return {"SecretString": f"of {SecretId}"}

    def call(_found: dict[str, str], path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 - what JSON holds
        if path == "/feedback":
            verdicts[body["prediction_id"]] = body["verdict"]
            return {}
        if len(sent) >= 300:
            raise prediction.NotYetError("429 slow down")
        sent.extend(body["texts"])
        return [{"prediction_id": text, "label": "positive"} for text in body["texts"]]

    assert prediction.is_first(loop)
    monkeypatch.setattr(first_predictions, "call", call)
    monkeypatch.setattr(aws, "client", lambda _loop, _service: Secrets())
    said = first_predictions.make(loop, FOUND | {"RaterKeySecret": "this loop"})

    assert said == f"300 of 400, {len(verdicts)} verdicts: 429 slow down"
    assert len(set(sent)) == 300
    assert verdicts == {text: "up" if sample[text].label == "positive" else "down" for text in verdicts}
    assert set(verdicts.values()) == {"up", "down"}
    assert all(is_fresh(sample[text]) for text in sent)
    held_out = [text for text in sent if HoldOut(b"of this loop").holds_out(sample[text].text)]
    assert set(held_out) <= set(verdicts), "those from which nothing is learned come first"


def test_an_answer_that_is_not_json_names_no_version() -> None:
    """A proxy's page, say."""
    with HTTPServer(("127.0.0.1", 0), Page) as server:
        serving = threading.Thread(target=server.handle_request)
        serving.start()
        said = prediction.served_version({"api_url": f"http://127.0.0.1:{server.server_port}", "api_key": "key"})
        serving.join()

    assert said.startswith("none (the answer is not JSON: ")
