"""The inference function against the emulator: what it answers, stores, refuses and survives."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from lambdas import aws
from lambdas.inference import serving
from lambdas.items import from_item
from lambdas.web.edge import MAX_BODY_BYTES
from sentiment import artifact
from sentiment.prediction_id import is_audit
from sentiment.schemas.events import PredictionEvent
from sentiment.schemas.pointer import POINTER_KEY
from tests.integration.lambdas.functions import tiny_artifact

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.lambdas.functions import Function, Publish
    from tests.integration.resources import Resources

LIMIT_S = 15.0
"""Well before the function's own timeout."""
LARGEST_ANSWER = 6 * 1024 * 1024
"""Bytes that Lambda lets through."""


def stored(resources: Resources, prediction_id: str) -> PredictionEvent:
    found = resources.dynamodb.get_item(
        TableName=resources.predictions, Key={"prediction_id": {"S": prediction_id}}, ConsistentRead=True
    )
    return from_item(PredictionEvent, found["Item"])


def count_stored(resources: Resources) -> int:
    count: int = resources.dynamodb.scan(TableName=resources.predictions, Select="COUNT")["Count"]
    return count


def test_a_review_is_judged_and_the_answer_stored(inference: Function, resources: Resources) -> None:
    answer = inference.call("POST", "/predict", {"text": "A great thing", "product_id": "B00X"})

    assert answer.status == 200
    assert answer.json["label"] == "positive"
    assert answer.json["model_version"] == "1"
    assert [word["text"] for word in answer.json["words"]] == ["great"]
    event = stored(resources, answer.json["prediction_id"])
    assert (event.text, event.product_id, event.label) == ("A great thing", "B00X", "positive")
    assert event.probability == answer.json["probability"]
    assert event.audit == is_audit(event.prediction_id)
    assert 99.9 < (event.expires_at - event.created_at.timestamp()) / 86_400 <= 100


def test_words_are_spans_of_the_text_as_it_was_sent(inference: Function) -> None:
    text = "\n\t 👍 GREAT but awful "

    words = inference.call("POST", "/predict", {"text": text}).json["words"]

    assert {text[word["start"] : word["end"]] for word in words} == {"GREAT", "awful"}
    assert all(text[word["start"] : word["end"]] == word["text"] for word in words)


def test_a_batch_is_answered_in_order_and_stored_whole(inference: Function, resources: Resources) -> None:
    texts = [f"{'great' if number % 2 else 'awful'} {number}" for number in range(100)]

    answer = inference.call("POST", "/predict/batch", {"texts": texts})

    assert answer.status == 200
    assert [one["label"] for one in answer.json] == ["negative", "positive"] * 50
    assert [stored(resources, one["prediction_id"]).text for one in answer.json] == texts


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": ""}, 422),
        ({"text": " \u2003\n\t"}, 422),
        ({"text": "x" * 10_001}, 422),
        ({"text": 5}, 422),
        ({"text": None}, 422),
        ({"text": ["great"]}, 422),
        ({}, 422),
        ([], 422),
        ("great", 422),
        (None, 422),
        ({"text": "great", "label": "negative"}, 422),
        ({"text": "great", "product_id": ""}, 422),
        ({"text": "great", "product_id": 7}, 422),
        (b'{"text": "lone \\ud800 surrogate"}', 422),
        (b'{"text": "great", "\\udfff": 1}', 422),
        (b'{"text": NaN}', 422),
        (b"{", 400),
        (b"great", 400),
        (b"[" * 100_000, 400),
        (b'{"text": ' + b"9" * 5000 + b"}", 400),
        (b'{"text": "\xff\xfe"}', 400),
        ('{"text": "great"}'.encode("utf-16"), 400),
        (b'{"text": "' + b"x" * 11_000_000 + b'"}', 413),
    ],
)
def test_bad_input_is_refused_with_a_reason_and_not_stored(
    inference: Function, resources: Resources, body: object, status: int
) -> None:
    answer = inference.call("POST", "/predict", body)

    assert answer.status == status
    assert set(answer.json["error"]) == {"code", "message"}
    assert "Traceback" not in answer.text
    assert count_stored(resources) == 0


@pytest.mark.parametrize("texts", [[], ["great"] * 101, ["great", " "], "great", None])
def test_a_batch_with_one_bad_text_or_a_wrong_size_is_refused_whole(
    inference: Function, resources: Resources, texts: object
) -> None:
    assert inference.call("POST", "/predict/batch", {"texts": texts}).status == 422
    assert count_stored(resources) == 0


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        " " * 5_000 + "x" * 10_000 + "\n" * 5_000,
        "👍" * 10_000,
        "🎉🎉",
        "\x00\x01\x07 great \x7f",
        "منتج رائع \u202e great",
        "<script>alert(1)</script> great",
        "这个产品很好",
        "great\u2028awful",
    ],
)
def test_odd_texts_get_an_answer_and_are_stored_as_they_are(
    inference: Function, resources: Resources, text: str
) -> None:
    answer = inference.call("POST", "/predict", {"text": text})

    assert answer.status == 200
    assert 0 <= answer.json["probability"] <= 1
    assert stored(resources, answer.json["prediction_id"]).text == text.strip()


def test_what_is_too_long_is_refused_with_its_length_and_what_to_send(inference: Function) -> None:
    for length in (10_001, 22_000):
        answer = inference.call("POST", "/predict", {"text": "x" * length})
        message = answer.json["error"]["message"]
        assert f"{length:,} characters, 10,000 are allowed: send its title and its end" in message


def test_an_answer_stays_within_what_lambda_lets_through(
    start_inference: Callable[[], Function], publish: Publish
) -> None:
    """Its runtime for Python 3.11 escapes what is not ASCII: twelve bytes for one letter."""
    knows_negated = artifact.load(tiny_artifact("1"))._replace(ngrams={"not": -0.5, "~great": -2.0})
    publish("1", data=artifact.dump(knows_negated))
    text = "not " + "\U00020000" * 9_990 + " great"
    body = json.dumps({"texts": [text] * 100}, ensure_ascii=False).encode()

    answer = start_inference().call("POST", "/predict/batch", body)

    assert answer.status == 200
    assert {word["text"] for word in answer.json[0]["words"]} == {"not", "great"}
    assert len(json.dumps(answer.text)) < LARGEST_ANSWER


def test_a_batch_of_the_longest_texts_fits(inference: Function) -> None:
    body = json.dumps({"texts": ["\U0001f600" * 10_000] * 100}, ensure_ascii=False).encode()
    assert len(body) < MAX_BODY_BYTES

    assert inference.call("POST", "/predict/batch", body).status == 200


def test_a_body_is_read_as_json_whatever_its_content_type_says(inference: Function) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    assert inference.call("POST", "/predict", {"text": "great"}, headers=form).status == 200


def test_every_answer_carries_the_id_that_the_gateway_logs(inference: Function) -> None:
    for method, path in (("POST", "/predict"), ("GET", "/health"), ("GET", "/nowhere"), ("DELETE", "/model")):
        answer = inference.call(method, path, headers={"X-Request-Id": "forged"})
        assert answer.headers["x-request-id"] == f"id-of-gateway-{inference.requests}"


def test_unknown_paths_and_methods_are_errors_of_the_same_shape(inference: Function) -> None:
    unknown, wrong = inference.call("GET", "/nowhere"), inference.call("PUT", "/predict", {"text": "great"})

    assert (unknown.status, unknown.json["error"]["code"]) == (404, "not_found")
    assert (wrong.status, wrong.json["error"]["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "headers", [{"Host": "[::1]:4566"}, {"Host": "a:b:c"}, {"X-Forwarded-Port": "many"}, {"x-evil": "é\r\n"}]
)
def test_hostile_headers_change_nothing(inference: Function, headers: dict[str, str]) -> None:
    assert inference.call("POST", "/predict", {"text": "great"}, headers=headers).status == 200


def test_the_served_model_describes_itself(inference: Function) -> None:
    model = inference.call("GET", "/model").json

    assert model["model_version"] == "1"
    assert model["run_id"] == "run-1"
    assert model["metrics"] == {"macro_f1": 0.87}
    assert model["data_window"]["replayed"] is True
    assert model["feature_service"] is None
    assert model["problem"] is None
    assert len(model["sha256"]) == 64


def test_without_a_published_model_the_answer_is_to_come_back(
    start_inference: Callable[[], Function],
) -> None:
    function = start_inference()
    for method, path, body in (
        ("POST", "/predict", {"text": "great"}),
        ("GET", "/model", None),
        ("GET", "/health", None),
    ):
        answer = function.call(method, path, body)
        assert (answer.status, answer.json["error"]["code"]) == (503, "no_model")
        assert int(answer.headers["retry-after"]) >= serving.RETRY_S


def test_a_model_published_later_is_picked_up(
    start_inference: Callable[[], Function], publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "RETRY_S", 0.0)
    function = start_inference()
    assert function.call("GET", "/health").status == 503

    publish("1")

    assert function.call("GET", "/health").json == {"status": "ok", "model_version": "1", "problem": None}


def test_a_new_version_is_served_after_the_refresh_interval(
    start_inference: Callable[[], Function], publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("1")
    monkeypatch.setattr(serving, "REFRESH_S", 0.0)
    function = start_inference()

    publish("2")

    assert function.call("POST", "/predict", {"text": "great"}).json["model_version"] == "2"


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        ({"sha256": "0" * 64}, "sha256"),
        ({"data": b""}, ""),
        ({"data": b"not gzip"}, "gzip"),
    ],
)
def test_a_model_that_does_not_load_leaves_the_old_one_serving_and_says_so(
    start_inference: Callable[[], Function],
    publish: Publish,
    monkeypatch: pytest.MonkeyPatch,
    broken: dict[str, Any],
    problem: str,
) -> None:
    publish("1")
    monkeypatch.setattr(serving, "REFRESH_S", 0.0)
    function = start_inference()

    publish("2", **broken)

    assert function.call("POST", "/predict", {"text": "great"}).json["model_version"] == "1"
    for path in ("/health", "/model"):
        answer = function.call("GET", path)
        assert answer.json["model_version"] == "1"
        assert "version 2" in answer.json["problem"]
        assert problem in answer.json["problem"]

    publish("2")
    assert function.call("GET", "/health").json == {"status": "ok", "model_version": "2", "problem": None}


@pytest.mark.parametrize("pointer", [b"", b"{}", b"\xff", b"[]"])
def test_a_broken_pointer_leaves_the_old_model_serving(
    start_inference: Callable[[], Function],
    publish: Publish,
    resources: Resources,
    monkeypatch: pytest.MonkeyPatch,
    pointer: bytes,
) -> None:
    publish("1")
    monkeypatch.setattr(serving, "REFRESH_S", 0.0)
    function = start_inference()

    resources.s3.put_object(Bucket=resources.artifacts, Key=POINTER_KEY, Body=pointer)

    answer = function.call("GET", "/health")
    assert answer.json["model_version"] == "1"
    assert "pointer" in answer.json["problem"]


def test_a_vanished_artifact_leaves_the_old_model_serving(
    start_inference: Callable[[], Function],
    publish: Publish,
    resources: Resources,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish("1")
    monkeypatch.setattr(serving, "REFRESH_S", 0.0)
    function = start_inference()

    pointer = publish("2", data=b"other")
    bucket, key = pointer.artifact_location
    resources.s3.delete_object(Bucket=bucket, Key=key)

    assert "missing" in function.call("GET", "/health").json["problem"]


@pytest.mark.usefixtures("other_endpoints")
def test_a_storage_that_never_answers_ends_in_time_and_stores_nothing(
    start_inference: Callable[[], Function],
    publish: Publish,
    silent_server: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish("1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", silent_server)
    function = start_inference()
    for path, body in (("/predict", {"text": "great"}), ("/predict/batch", {"texts": ["great"] * 100})):
        started = time.monotonic()
        answer = function.call("POST", path, body)
        assert (answer.status, answer.json["error"]["code"]) == (503, "storage_unavailable")
        assert answer.headers["retry-after"]
        assert time.monotonic() - started < LIMIT_S


@pytest.mark.usefixtures("other_endpoints")
def test_a_model_store_that_never_answers_ends_in_time(
    start_inference: Callable[[], Function], silent_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", silent_server)
    started = time.monotonic()
    function = start_inference()

    assert function.call("GET", "/health").status == 503
    assert time.monotonic() - started < LIMIT_S


@pytest.mark.usefixtures("other_endpoints")
def test_a_model_store_that_falls_silent_leaves_the_old_model_serving_and_costs_one_request_a_wait(
    start_inference: Callable[[], Function],
    publish: Publish,
    silent_server: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish("1")
    monkeypatch.setattr(serving, "REFRESH_S", 0.0)
    function = start_inference()
    monkeypatch.setattr(serving, "REFRESH_S", 30.0)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", silent_server)
    aws.s3().close()
    aws.s3.cache_clear()

    started = time.monotonic()
    waited = function.call("GET", "/health")
    assert time.monotonic() - started < LIMIT_S
    assert waited.json["model_version"] == "1"
    assert "ReadTimeoutError" in waited.json["problem"]

    asked: list[object] = []
    monkeypatch.setattr(serving.ModelStore, "_pointer", lambda _store: asked.append(1))
    assert function.call("POST", "/predict", {"text": "great"}).json["model_version"] == "1"
    assert not asked


def test_a_warm_request_asks_s3_nothing(inference: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(serving.ModelStore, "_pointer", lambda _store: asked.append(1))

    assert inference.call("POST", "/predict", {"text": "great"}).status == 200
    assert not asked
