"""The deployed API as a client sees it."""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from lambdas.inference.feast_format import entity_id
from tests.e2e.containers import InContainers
from tests.e2e.loop import eventually

if TYPE_CHECKING:
    from tests.e2e.deployment import Deployment
    from tests.e2e.loop import Loop

PRAISE = "Arrived quickly, works perfectly and the sound is excellent. I love it and highly recommend it."
COMPLAINT = "It broke after two days, the seller was rude and I want my money back. Terrible, do not buy."


def test_praise_is_positive_a_complaint_negative_each_with_its_words(loop: Loop) -> None:
    praise, complaint = loop.predict(PRAISE), loop.predict(COMPLAINT)
    assert praise["label"] == "positive"
    assert praise["probability"] > 0.5
    assert complaint["label"] == "negative"
    assert complaint["probability"] < 0.5
    for text, answer in ((PRAISE, praise), (COMPLAINT, complaint)):
        assert answer["words"]
        assert all(text[word["start"] : word["end"]] == word["text"] for word in answer["words"])


def test_the_features_of_a_known_product_are_used_in_the_prediction(
    loop: Loop, deployment: Deployment | InContainers
) -> None:
    if isinstance(deployment, InContainers):
        pytest.skip("containers have the features in Redis: test_containers.py")

    def assert_use(expected: str, product_id: str | None) -> None:
        answer = loop.call("POST", "/predict", {"text": PRAISE, "product_id": product_id})
        assert answer.status == 200
        assert answer.body["product_stats"] == expected

    product_id = f"B00{uuid4().hex}"
    assert_use("not_asked", None)
    eventually(lambda: assert_use("unknown", product_id), within_s=20)
    loop.dynamodb.Table(loop.outputs["ProductStatsTable"]).put_item(
        Item={
            "entity_id": entity_id(product_id),
            "event_ts": str(datetime.now(UTC)),
            "values": {  # as Feast writes them: 40 reviews of 4.5 stars, nine tenths of them praise
                "reviews": b"\x20\x28",
                "mean_stars": b"\x29" + struct.pack("<d", 4.5),
                "positive_share": b"\x29" + struct.pack("<d", 0.9),
            },
        }
    )
    eventually(lambda: assert_use("used", product_id), within_s=20)


def test_a_batch_answers_in_order(loop: Loop) -> None:
    texts = [PRAISE, COMPLAINT] * 50
    answer = loop.call("POST", "/predict/batch", {"texts": texts})
    assert answer.status == 200
    labels = [prediction["label"] for prediction in answer.body]
    assert labels == ["positive", "negative"] * 50


@pytest.mark.parametrize("path", ["/predict", "/predict/batch", "/feedback"])
def test_requests_without_a_valid_api_key_are_forbidden(loop: Loop, path: str) -> None:
    assert loop.call("POST", path, {"text": PRAISE}, key="").status == 403
    assert loop.call("POST", path, {"text": PRAISE}, key="guessed").status == 403


def test_only_the_reviewers_key_opens_what_waits_for_a_label(loop: Loop) -> None:
    """The function knows it by the id that the gateway names."""
    assert [loop.call("GET", "/audit", key=key).status for key in ("", "guessed", None)] == [403, 403, 403]
    assert loop.call("GET", "/audit", key=loop.reviewers_key).body.keys() == {"waiting", "next"}


def test_a_reviewers_label_is_counted_beside_the_thumb(loop: Loop) -> None:
    prediction_id = loop.predict(PRAISE)["prediction_id"]
    label = {"prediction_id": prediction_id, "label": "negative"}
    before = loop.counters()
    assert loop.feedback(prediction_id, "up").status == 201
    assert loop.call("POST", "/feedback", label).status == 403
    assert loop.call("POST", "/feedback", label, key=loop.reviewers_key).status == 201
    assert loop.counters() == {**before, "tp": before["tp"] + 1, "fp": before["fp"] + 1}


def test_health_and_documentation_need_no_key(loop: Loop) -> None:
    assert loop.call("GET", "/health", key="").body["model_version"]
    assert "/feedback" in loop.call("GET", "/openapi.json", key="").body["paths"]
    assert b"swagger" in loop.call("GET", "/docs", key="").body.lower()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": ""}, 422),
        ({"text": " \n\t "}, 422),
        ({"text": "x" * 10_001}, 422),
        ({"text": 5}, 422),
        ({"text": PRAISE, "label": "positive"}, 422),
        ({"text": "broken \ud800 surrogate"}, 422),
        ({"text": "x" * 11_000_000}, 413),
        ([], 422),
        (b"", 422),
        (b"no JSON", 400),
        (b'{"text": "cut sh', 400),
        (b'{"text": "not UTF-8: \xff"}', 400),
        (b"\x00\x01\x02", 400),
        (b"[" * 100_000 + b"]" * 100_000, 400),
        (b"[" * 100_000, 400),
    ],
)
def test_bad_input_gets_a_clear_error(loop: Loop, body: object, status: int) -> None:
    answer = loop.call("POST", "/predict", body)
    assert answer.status == status
    assert set(answer.body["error"]) >= {"code", "message"}


@pytest.mark.parametrize(
    "text",
    ["😀👍🎉", "منتج رائع", "<b>great</b> <script>alert(1)</script>", "bell \x07, escape \x1b[31m", "e\u0301" * 5_000],
)
def test_unusual_text_gets_an_answer(loop: Loop, text: str) -> None:
    assert 0 <= loop.predict(text)["probability"] <= 1


def test_chinese_is_understood(loop: Loop) -> None:
    assert loop.predict("质量非常好，我很喜欢，推荐购买")["label"] == "positive"
    assert loop.predict("质量太差了，用两天就坏了，退货")["label"] == "negative"


def test_feedback_is_counted_once_and_changed_feedback_moves_the_counter(loop: Loop) -> None:
    prediction_id = loop.predict(PRAISE)["prediction_id"]
    before = loop.counters()
    assert [loop.feedback(prediction_id, "up").status for _ in range(3)] == [201, 200, 200]
    assert loop.counters() == {**before, "tp": before["tp"] + 1}
    assert loop.feedback(prediction_id, "down").status == 200
    assert loop.counters() == {**before, "fp": before["fp"] + 1}


def test_racing_feedback_is_counted_once(loop: Loop) -> None:
    prediction_id = loop.predict(COMPLAINT)["prediction_id"]
    before = loop.counters()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: loop.feedback(prediction_id, "up"), range(16)))
    statuses = [answer.status for answer in answers]
    assert statuses.count(201) <= 1  # none if DynamoDB's answer came too late, and the function found its own feedback
    assert set(statuses) <= {200, 201}
    assert loop.counters() == {**before, "tn": before["tn"] + 1}


def test_feedback_to_an_unknown_prediction_is_not_found(loop: Loop) -> None:
    known = loop.predict(PRAISE)["prediction_id"]
    assert loop.feedback(known[:-4] + "0000", "up").status == 404


def test_feedback_reaches_the_lake_with_its_prediction(loop: Loop) -> None:
    text = "The battery lasts for days; a wonderful little radio."
    prediction_id = loop.predict(text)["prediction_id"]
    assert loop.feedback(prediction_id, "up").status == 201

    def archived() -> None:
        feedback = [line for line in loop.lake_lines("raw/feedback/") if line["prediction_id"] == prediction_id]
        predictions = [line for line in loop.lake_lines("raw/predictions/") if line["prediction_id"] == prediction_id]
        assert feedback
        assert feedback[-1]["verdict"] == "up"
        assert predictions
        assert predictions[0]["text"] == text

    eventually(archived, within_s=30)
