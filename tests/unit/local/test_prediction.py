"""`make up` proves what changed by a prediction, and stores none for what was proved before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local import prediction
from local.files import write_whole
from local.loop import open_loop
from local.settings import Settings
from local.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from local.loop import Loop

FOUND = {"api_url": "http://127.0.0.1:9", "api_key": "key"}


class Api:
    """Answers as the API does, and keeps what was predicted."""

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
    monkeypatch.setattr(prediction, "_call", api)
    return api


@pytest.fixture
def loop(tmp_path: Path) -> Loop:
    write_whole(tmp_path / "deployed.json", '{"fingerprint": "one"}')
    return open_loop(Settings(local_dir=tmp_path), Terminal(tmp_path / "timings.json"))


def test_what_has_made_a_prediction_makes_no_other(loop: Loop, api: Api) -> None:
    assert "positive" in prediction.prove(loop, FOUND)
    assert prediction.prove(loop, FOUND) == "model version 1 answers; its first prediction was made before"
    assert [body["product_id"] for body in api.predicted] == [prediction.PRODUCT]


@pytest.mark.parametrize("change", ["deployment", "model", "damaged"])
def test_what_changed_makes_a_prediction(loop: Loop, api: Api, change: str) -> None:
    prediction.prove(loop, FOUND)
    match change:
        case "deployment":
            write_whole(loop.state_dir / "deployed.json", '{"fingerprint": "two"}')
        case "model":
            api.version = "2"
        case "damaged":
            (loop.state_dir / "proved.json").write_text("{")
    assert "positive" in prediction.prove(loop, FOUND)
    assert len(api.predicted) == 2
