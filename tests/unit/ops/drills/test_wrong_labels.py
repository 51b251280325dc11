"""Wrong labels are corrected, and nothing that was learned from them stays in production."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any

import pytest

from local import terminal
from local.loop import open_loop
from local.settings import Settings
from local.terminal import Terminal
from ops import retraining_outcome
from ops.airflow_client import Run
from ops.drills import catalogue, model, record
from ops.drills.drill import Drilled
from ops.drills.record import Record
from ops.retraining_outcome import Outcome
from sentiment.reviews.sample import load_sample

if TYPE_CHECKING:
    from pathlib import Path

    from sentiment.reviews.review import Review

DRILL = catalogue.DRILLS["QualityFell"]
ASKED_BY_THE_ALERT = {"retrain__1": "Requested by alert QualityFell", "retrain__0": "Requested by make retrain"}


class FakeLoop:
    """The API, Airflow and training, as the drill sees them."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        self.labels: dict[str, str] = {}
        self.predicted: dict[str, str] = {}
        self.runs = {"retrain__0": "Requested by make retrain"}
        self.trained: list[tuple[str, ...]] = []
        self.now = 0.0

    def predict(self, reviews: list[Review]) -> list[dict[str, Any]]:
        made = [{"prediction_id": str(len(self.predicted) + number), "label": "positive"} for number in range(100)]
        self.predicted |= {one["prediction_id"]: one["label"] for one in made}
        return made[: len(reviews)]

    def waiting(self) -> list[str]:
        return ["somebody else's", "7", "407"]

    def label(self, prediction_id: str, label: str) -> None:
        kept = record.find(self.state_dir)
        assert kept
        assert prediction_id in kept.kept["labels"], "written down before"
        self.labels[prediction_id] = label

    def notes(self) -> dict[str, str]:
        return self.runs

    def run(self, run_id: str) -> Run:
        assert run_id == "retrain__1"
        return Run("success", ())

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeLoop:
    fake = FakeLoop(tmp_path)
    monkeypatch.setattr(model, "Api", lambda _found: fake)
    monkeypatch.setattr(model, "_airflow", lambda _on: fake)
    monkeypatch.setattr(model, "_train", lambda _on, *arguments: fake.trained.append(arguments))
    monkeypatch.setattr(model, "served_version", lambda _found: "3")
    monkeypatch.setattr(retraining_outcome, "read", lambda *_arguments: Outcome("Improves.", "4"))
    for module in (model, terminal):
        monkeypatch.setattr(module, "time", fake)
    return fake


@pytest.fixture
def review() -> Review:
    return next(review for review in load_sample() if review.label == "positive")


@pytest.fixture
def on(tmp_path: Path, review: Review) -> Drilled:
    loop = open_loop(Settings(local_dir=tmp_path), Terminal(tmp_path / "timings.json"))
    return Drilled(loop, {"ArtifactsBucket": "artifacts"}, print, repeat(review))


@pytest.fixture
def planted(fake: FakeLoop, on: Drilled) -> Record:
    planted = Record(on.loop.state_dir, DRILL.alert, DRILL.keep(on))
    DRILL.plant(on, planted)
    assert fake.labels == {"7": "negative", "407": "negative"}
    return planted


def test_what_the_alert_made_a_retraining_promote_is_rolled_back(fake: FakeLoop, on: Drilled, planted: Record) -> None:
    planted.fired = True
    fake.runs = ASKED_BY_THE_ALERT

    DRILL.mend(on, planted)

    assert fake.labels == {"7": "positive", "407": "positive"}
    assert fake.trained == [("rollback", "--to", "3")]


@pytest.mark.parametrize("fired", [True, False])
def test_without_a_retraining_only_the_labels_are_corrected(
    fake: FakeLoop, on: Drilled, planted: Record, *, fired: bool
) -> None:
    planted.fired = fired

    DRILL.mend(on, planted)

    assert set(fake.labels.values()) == {"positive"}
    assert fake.trained == []
