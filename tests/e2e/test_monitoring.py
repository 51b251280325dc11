"""Prometheus knows how good the model is right now, and a model that is not good enough is retrained by itself."""

from __future__ import annotations

import urllib.parse
from collections import Counter
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest
from botocore.config import Config

from monitoring.prometheus.alerts import groups
from monitoring.prometheus.windows import REAL
from sentiment.evaluation.drift import ENOUGH_PREDICTIONS
from sentiment.evaluation.live_quality import Cells
from sentiment.reviews.sample import is_fresh, load_sample
from sentiment.schemas import metrics
from tests import needs
from tests.dashboards import MAY_BE_MISSING, without_data
from tests.e2e.loop import eventually, seconds_until
from tests.e2e.promoting import promote_model_of, served_version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sentiment.reviews.review import Review
    from tests.e2e.deployment import Deployment
    from tests.e2e.loop import Loop

pytestmark = pytest.mark.timeout(1200)

SEEN_WITHIN_S = 15
"""How soon a verdict moves Prometheus, the scrape interval included."""
BATCH = 100
PREDICTIONS = 2000
"""Of which the audit draws 3 %."""
VISITS = 1000
FEW_VISITS = 30
"""For LocalStack, which is slower."""
OF_THE_MODEL = tuple(alert.name for group in groups(REAL)["model"] for alert in group.rules)
ENOUGH_FOR_DRIFT = 500
"""Predictions of the version in production, with some texts twice."""
OTHER = {"positive": "negative", "negative": "positive"}
DAG_RUNS = "/dags/fast_retrain_dag/dagRuns"


@pytest.fixture(autouse=True)
def _servers() -> None:
    needs.monitoring()


def query(loop: Loop, expression: str) -> list[dict[str, Any]]:
    """Return what Prometheus finds."""
    address = f"{loop.environment['PROMETHEUS_URL']}/api/v1/query"
    answer = httpx.get(address, params={"query": expression}, timeout=10, trust_env=False).raise_for_status()
    found: list[dict[str, Any]] = answer.json()["data"]["result"]
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


def reviews() -> Iterator[Review]:
    while True:
        yield from load_sample()


def waiting(loop: Loop) -> Iterator[str]:
    """Yield the ids of the predictions that wait for a reviewer's label."""
    cursor = None
    while True:
        path = "/audit" if cursor is None else f"/audit?after={urllib.parse.quote(cursor)}"
        listed = loop.call("GET", path, key=loop.reviewers_key).body
        yield from (one["prediction_id"] for one in listed["waiting"])
        cursor = listed["next"]
        if cursor is None:
            return


def review_as(loop: Loop, prediction_id: str, label: str) -> None:
    """Label a prediction as a reviewer, or change its label."""
    answer = loop.call("POST", "/feedback", {"prediction_id": prediction_id, "label": label}, key=loop.reviewers_key)
    assert answer.status in {200, 201}, answer


def send(loop: Loop, number: int) -> None:
    """Send reviews that have a true label, and label those that the audit draws of them.

    An hour has a limited number of audits for each API key, and those of the callers' may be used up.
    """
    source = (review for review in reviews() if review.label)
    true: dict[str, str] = {}
    for _, key in zip(range(number // BATCH), cycle((loop.reviewers_key, loop.api_key)), strict=False):
        sent = list(islice(source, BATCH))
        answer = loop.call("POST", "/predict/batch", {"texts": [review.full_text for review in sent]}, key=key)
        assert answer.status == 200, answer
        ids = (one["prediction_id"] for one in answer.body)
        true |= zip(ids, (str(review.label) for review in sent), strict=True)
    for one in waiting(loop):
        if one in true:
            review_as(loop, one, true[one])


def test_traffic_leaves_the_f1_of_its_feedback_and_no_alert_on_the_model(
    loop: Loop, deployment: Deployment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # A model that has learned the visitors' new reviews would know all their words, which is drift.
    served = promote_model_of((review for review in load_sample() if not is_fresh(review)), loop, tmp_path)
    visits = VISITS if deployment.owns_emulator else FEW_VISITS
    monkeypatch.setenv("COUNT", str(visits))
    monkeypatch.setenv("SEED", "11")
    deployment.local("traffic")

    def settled() -> None:
        of_window = {"window": "7d", "source": "voluntary", "model_version": served}
        of_feedback = cells(loop, "voluntary", served)
        assert value(loop, metrics.LABELS.name, **of_window) == of_feedback.labels >= visits
        exact = of_feedback.f1()
        assert exact
        assert value(loop, metrics.F1.value.name, **of_window) == pytest.approx(exact.value, abs=1e-12)
        if deployment.owns_emulator:  # else too few
            assert (value(loop, metrics.DRIFT_PREDICTIONS.name, model_version=served) or 0) >= ENOUGH_PREDICTIONS

    eventually(settled, within_s=120)
    assert query(loop, f'ALERTS{{alertname=~"{"|".join(OF_THE_MODEL)}"}}') == [], "none is pending either"


def test_a_verdict_moves_f1_in_prometheus_within_seconds(loop: Loop) -> None:
    served = served_version(loop)
    predicted = [loop.predict(review.full_text) for review in islice(reviews(), 12)]
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

    eventually(counted, within_s=120)  # what is new is 0 until the next minute's run


def test_every_panel_of_the_dashboards_shows_data(loop: Loop, deployment: Deployment) -> None:
    if not deployment.owns_emulator:
        pytest.skip("LocalStack is too slow for the predictions that drift needs; panels do not depend on it")
    send(loop, ENOUGH_FOR_DRIFT)

    def filled() -> None:
        assert without_data(loop.environment["PROMETHEUS_URL"], excused=MAY_BE_MISSING) == []

    eventually(filled, within_s=120)


def retrainings(loop: Loop) -> list[dict[str, Any]]:
    """Return Airflow's runs of the retraining, as the MWAA API lists them."""
    mwaa = boto3.client(
        "mwaa",
        endpoint_url=loop.environment["AWS_ENDPOINT_URL_MWAA"],
        region_name=loop.environment["AWS_REGION"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(inject_host_prefix=False),
    )
    name = loop.outputs["MwaaEnvironment"]
    answer = mwaa.invoke_rest_api(Name=name, Path=DAG_RUNS, Method="GET", QueryParameters={"limit": 50})
    mwaa.close()
    runs: list[dict[str, Any]] = answer["RestApiResponse"]["dag_runs"]
    return runs


def test_a_model_that_is_wrong_half_of_the_time_is_retrained_by_itself(loop: Loop, deployment: Deployment) -> None:
    if not deployment.owns_emulator:
        pytest.skip("two thousand predictions take LocalStack minutes; test_alerts.py tries the alert's route there")
    served = served_version(loop)
    before = {run["dag_run_id"] for run in retrainings(loop)}
    send(loop, PREDICTIONS)
    audited = [item for item in loop.items("FeedbackTable") if "#audit" in item["bucket"]]
    for item in [item for item in audited if item["model_version"] == served][::2]:
        review_as(loop, item["prediction_id"].partition("#")[0], OTHER[item["predicted"]])

    def fired() -> None:
        assert query(loop, f'ALERTS{{alertname="QualityFell",alertstate="firing",model_version="{served}"}}')

    def caused(*, over: bool) -> None:
        new = [run for run in retrainings(loop) if run["dag_run_id"] not in before]
        asked = [run["state"] for run in new if "QualityFell" in (run["note"] or "")]
        assert asked, new
        assert not over or set(asked) <= {"success", "failed"}

    eventually(fired, within_s=120)
    eventually(lambda: caused(over=False), within_s=120)
    eventually(lambda: caused(over=True), within_s=600)  # later tests start runs of their own
