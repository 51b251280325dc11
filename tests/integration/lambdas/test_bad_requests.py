"""Invalid and odd requests have clear answers in the API's shape, and never cause a fault."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.integration.lambdas.books import count_stored

if TYPE_CHECKING:
    from tests.integration.lambdas.functions import Function
    from tests.integration.resources import Resources


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
def test_invalid_input_is_refused_with_a_reason_and_not_stored(
    inference: Function, resources: Resources, body: object, status: int
) -> None:
    answer = inference.call("POST", "/predict", body)

    assert answer.status == status
    assert set(answer.json["error"]) == {"code", "message"}
    assert "Traceback" not in answer.text
    assert count_stored(resources) == 0


@pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
def test_a_body_with_200_000_fields_is_refused_quickly(inference: Function, path: str) -> None:
    body = {str(number): number for number in range(200_000)}

    started = time.process_time()
    answer = inference.call("POST", path, body)

    assert answer.status == 422
    assert "there are 200,000 fields; this request has text" in answer.json["error"]["message"]
    assert time.process_time() - started < 20, "it takes one or two; each field against each other would take hours"


@pytest.mark.parametrize("texts", [[], ["great"] * 101, ["great", " "], "great", None])
def test_a_batch_with_an_invalid_text_or_size_is_refused_whole(
    inference: Function, resources: Resources, texts: object
) -> None:
    assert inference.call("POST", "/predict/batch", {"texts": texts}).status == 422
    assert count_stored(resources) == 0


def test_too_long_a_text_is_refused_with_the_limit_and_advice(inference: Function) -> None:
    for length in (10_001, 22_000):
        answer = inference.call("POST", "/predict", {"text": "x" * length})
        message = answer.json["error"]["message"]
        assert f"{length:,} characters, 10,000 are allowed: send its title and its end" in message


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


def test_a_body_is_read_as_json_under_any_content_type(inference: Function) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    assert inference.call("POST", "/predict", {"text": "great"}, headers=form).status == 200


def test_every_answer_has_the_request_id_that_the_gateway_logs(inference: Function) -> None:
    for method, path in (("POST", "/predict"), ("GET", "/health"), ("GET", "/nowhere"), ("DELETE", "/model")):
        answer = inference.call(method, path, headers={"X-Request-Id": "forged"})
        assert answer.headers["x-request-id"] == f"id-of-gateway-{inference.requests}"
