"""Prometheus knows how good the model is right now, from the feedback itself."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from sentiment.evaluation.live_quality import Cells
from sentiment.reviews.sample import load_sample
from sentiment.schemas import metrics
from tests import needs
from tests.e2e.loop import eventually, seconds_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.loop import Loop

pytestmark = pytest.mark.timeout(1200)

SEEN_WITHIN_S = 15
"""How soon a verdict moves Prometheus, the scrape interval included."""


@pytest.fixture(autouse=True)
def _servers() -> None:
    needs.monitoring()


def query(loop: Loop, expression: str) -> list[dict[str, Any]]:
    """Return what Prometheus finds."""
    address = f"{loop.environment['PROMETHEUS_URL']}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - the deployment's own
        found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
    return found


def value(loop: Loop, metric: str, **labels: str) -> float | None:
    """Return the value of the one series with these labels; None if there is none."""
    given = ",".join(f'{name}="{label}"' for name, label in labels.items())
    found = query(loop, f"{metric}{{{given}}}")
    return float(found[0]["value"][1]) if found else None


def cells(loop: Loop, source: str, version: str) -> Cells:
    """Return the cells of all feedback from a source on a version, from the feedback itself."""
    counted = Counter(
        item["cell"]
        for item in loop.items("FeedbackTable")
        if item["model_version"] == version and f"#{source}" in item["bucket"]
    )
    return Cells(**counted)


def texts() -> Iterator[str]:
    while True:
        yield from (review.full_text for review in load_sample())


def version(loop: Loop) -> str:
    return str(loop.call("GET", "/model").body["model_version"])


def test_a_verdict_moves_f1_in_prometheus_within_seconds(loop: Loop) -> None:
    served = version(loop)
    predicted = [loop.predict(text) for text, _ in zip(texts(), range(12), strict=False)]
    for number, one in enumerate(predicted):
        assert loop.feedback(one["prediction_id"], "down" if number % 4 == 0 else "up").status == 201

    def moved() -> None:
        of_feedback = cells(loop, "voluntary", served).f1()
        in_prometheus = value(loop, metrics.F1.value.name, window="7d", source="voluntary", model_version=served)
        assert of_feedback
        assert in_prometheus == pytest.approx(of_feedback.value, abs=1e-12)

    assert seconds_until(moved, within_s=60) < SEEN_WITHIN_S


def test_every_prediction_and_verdict_is_counted_once(loop: Loop) -> None:
    def counted() -> None:
        made = Counter(item["model_version"] for item in loop.items("PredictionsTable"))
        in_prometheus = {
            of: float(series["value"][1])
            for series in query(loop, f"sum by (model_version) ({metrics.PREDICTIONS.name})")
            if (of := series["metric"]["model_version"]) and float(series["value"][1])
        }
        assert in_prometheus == made
        verdicts = sum(int(item["revision"]) for item in loop.items("FeedbackTable"))
        (series,) = query(loop, f"sum({metrics.FEEDBACK.name})")
        assert float(series["value"][1]) == verdicts

    eventually(counted, within_s=60)
