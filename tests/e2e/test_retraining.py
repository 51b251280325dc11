"""The loop closes: feedback leads to a new version, poison does not, and a rollback restores the old version."""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sentiment.reviews.record import to_line
from sentiment.reviews.review import Review, review_id_of
from sentiment.reviews.sample import is_fresh, load_sample
from tests.e2e.loop import eventually, seconds_until
from tests.e2e.promoting import promote_model_of

if TYPE_CHECKING:
    from pathlib import Path

    from sentiment.reviews.review import Label
    from tests.e2e.deployment import Deployment
    from tests.e2e.loop import Loop

pytestmark = pytest.mark.timeout(1800)

VISITS = 3600
"""The default of `make traffic`."""
FEW_VISITS = 60
"""For LocalStack, which is so much slower that all visits would take an hour."""
POISONED = 6000
OTHER: dict[Label, Label] = {"positive": "negative", "negative": "positive"}


def served(loop: Loop) -> dict[str, Any]:
    """The answer of `GET /model`."""
    answer = loop.call("GET", "/model")
    assert answer.status == 200, answer
    body: dict[str, Any] = answer.body
    return body


def expect_served(loop: Loop, version: str) -> None:
    """Fail unless this version answers."""
    assert served(loop)["model_version"] == version


def outcome(loop: Loop, run_id: str, step: str) -> dict[str, Any]:
    """The outcome of a step of a retraining run."""
    bucket = loop.outputs["ArtifactsBucket"]
    content = loop.s3.get_object(Bucket=bucket, Key=f"retraining/{run_id}/{step}.json")["Body"].read()
    stored: dict[str, Any] = json.loads(content)
    return stored


def audited(loop: Loop, run_id: str) -> list[dict[str, Any]]:
    """The audit log's entries of a run."""
    bucket, s3 = loop.outputs["ArtifactsBucket"], loop.s3
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="audit/")
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    entries = [json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys]
    return [entry for entry in entries if entry.get("run_id") == run_id]


def serve_a_weaker_version(loop: Loop, folder: Path) -> dict[str, Any]:
    """Promote a version that learned from a fifth of the sample, a quarter of it with the wrong label.

    Which reviews are held out is another loop's secret each time, so a retrained model that is about as good as
    production passes the gate on some days only; it is better than this one by 7 points of F1, and in both recalls.
    """
    known = [review for review in load_sample() if not is_fresh(review)]
    praise, complaints = ([one for one in known if one.label == label] for label in ("positive", "negative"))
    learned = [
        replace(review, label=OTHER[label]) if number % 4 == 0 else review
        for some_of in (praise[::6], complaints[::4])
        for number, review in enumerate(some_of)
        if (label := review.label)
    ]
    promote_model_of(learned, loop, folder)
    return served(loop)


def run_id_in(said: str) -> str:
    """The id of the run in the output of `make retrain`."""
    return next(word for word in said.split() if word.startswith("retrain__"))


def test_traffic_and_a_retraining_give_a_new_version_with_its_origin(
    loop: Loop, deployment: Deployment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = serve_a_weaker_version(loop, tmp_path)
    visits = VISITS if deployment.owns_emulator else FEW_VISITS
    monkeypatch.setenv("COUNT", str(visits))
    monkeypatch.setenv("SEED", "7")  # so that every run sends the same
    said = deployment.local("traffic")
    assert f"{visits} verdicts: " in said
    assert " of the new reviews with the stars that their authors gave" in said

    def everything_is_archived() -> None:
        events = loop.lake_lines("raw/feedback/")
        visitors = {event["prediction_id"] for event in events if event["rater"]}
        assert len(visitors) >= visits

    if deployment.owns_emulator:
        eventually(everything_is_archived, within_s=120)
    else:  # so few visitors may teach the model nothing; the shop's export does
        exported = tmp_path / "export.jsonl"
        exported.write_text("".join(f"{to_line(review)}\n" for review in reviews_of_visitors()))
        loop.run("-m", "feature_repo", "ingest", str(exported))
    monkeypatch.setenv("FORCE", "1")
    said = deployment.local("retrain")

    run_id, now = run_id_in(said), served(loop)
    decided = outcome(loop, run_id, "decide")["result"]["outcome"]
    assert [entry["outcome"] for entry in audited(loop, run_id) if entry["kind"] == "decision"] == [decided]
    assert decided in {"improves", "maintains"}, said
    assert now["model_version"] != before["model_version"], said
    assert now["previous_version"] == before["model_version"]
    framed = outcome(loop, run_id, "build_frame")["result"]
    assert now["data_sha256"] == framed["sha256"]
    assert now["feature_service"] == framed["feature_service"]
    assert now["run_id"] == outcome(loop, run_id, "train")["result"]["run_id"]
    assert now["data_window"]["start"] < now["data_window"]["end"]
    assert now["problem"] is None
    if deployment.owns_emulator:
        counts = outcome(loop, run_id, "ingest")["result"]["counts"]
        assert counts["archive"]["kept"] > 50, "feedback on new reviews becomes training data"


def test_a_window_of_flipped_labels_is_rejected_and_the_reason_is_audited(
    loop: Loop, deployment: Deployment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = served(loop)
    poison = tmp_path / "poison.jsonl"
    poison.write_text("".join(f"{to_line(review)}\n" for review in flipped_reviews(POISONED)))
    loop.run("-m", "feature_repo", "ingest", str(poison))

    monkeypatch.setenv("FORCE", "1")
    said = deployment.local("retrain")

    assert "Rejected" in said
    decided = outcome(loop, run_id_in(said), "decide")["result"]
    assert decided["outcome"] == "rejected"
    assert decided["summary"]
    (entry,) = [entry for entry in audited(loop, run_id_in(said)) if entry["kind"] == "decision"]
    assert (entry["outcome"], entry["reason"]) == ("rejected", decided["summary"])
    assert served(loop) == before


def test_the_version_before_answers_within_35_seconds_of_a_rollback(loop: Loop) -> None:
    now = served(loop)
    loop.run("-m", "training", "rollback")

    assert seconds_until(lambda: expect_served(loop, now["previous_version"]), within_s=60) < 35

    # The better one again: what comes after is about a loop whose model is as good as it was when it was promoted.
    loop.run("-m", "training", "rollback", "--to", now["model_version"])
    eventually(lambda: expect_served(loop, now["model_version"]), within_s=60)


def test_two_clicks_at_once_give_one_run(loop: Loop, deployment: Deployment) -> None:
    """The function is invoked twice, as by two clicks on a button, while the first run is still going."""
    functions = loop.functions
    event = json.dumps({"force": True, "requested_by": "somebody who clicks twice"})
    answers = [
        json.loads(functions.invoke(FunctionName=loop.outputs["RetrainFunction"], Payload=event)["Payload"].read())
        for _ in range(2)
    ]

    assert [answer["state"] for answer in answers] == ["started", "running"]
    assert len({answer["run_id"] for answer in answers}) == 1
    assert answers[0]["run_id"] in deployment.local("retrain")


def reviews_of_visitors() -> list[Review]:
    """All new reviews of visitors as the shop has them, with their authors' stars."""
    now = datetime.now(UTC)
    return [replace(review, time=now) for review in load_sample() if is_fresh(review) and review.label]


def flipped_reviews(count: int) -> list[Review]:
    """New reviews of two sentences each, all with the wrong label."""
    chance = random.Random(5)
    now = datetime.now(UTC)
    known = [review for review in load_sample() if review.label]
    texts: dict[str, list[str]] = {"positive": [], "negative": []}
    for review in known:
        texts[review.label or ""].append(review.text)
    made: dict[str, Review] = {}
    for number in itertools.count():
        if len(made) == count:
            break
        truth, said = ("positive", "negative") if number % 2 else ("negative", "positive")
        text = " ".join(chance.sample(texts[truth], 2))
        review_id = review_id_of(product_id=None, title="", text=text)
        if review_id not in made:
            time = now - timedelta(days=1 + chance.random() * 30)
            made[review_id] = Review(
                review_id=review_id,
                product_id=None,
                title="",
                text=text,
                stars=None,
                label="positive" if said == "positive" else "negative",
                time=time,
                source="poison",
            )
    return list(made.values())
