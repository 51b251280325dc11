"""The model that answers is the last one promoted that loaded."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import snapshot_restore_py

from lambdas.inference import serving
from lambdas.shared import aws
from sentiment.schemas.pointer import POINTER_KEY
from tests.integration.lambdas.functions import LIMIT_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.lambdas.functions import Function, Publish
    from tests.integration.resources import Resources


def test_the_served_model_describes_itself(inference: Function) -> None:
    model = inference.call("GET", "/model").json

    assert model["model_version"] == "1"
    assert model["run_id"] == "run-1"
    assert model["metrics"] == {"macro_f1": 0.87}
    assert model["data_window"]["replayed"] is True
    assert model["feature_service"] is None
    assert model["problem"] is None
    assert len(model["sha256"]) == 64


def test_without_a_model_the_answer_is_503_with_retry_after(start_inference: Callable[[], Function]) -> None:
    function = start_inference()
    for method, path, body in (
        ("POST", "/predict", {"text": "great"}),
        ("GET", "/model", None),
        ("GET", "/health", None),
    ):
        answer = function.call(method, path, body)
        assert (answer.status, answer.json["error"]["code"]) == (503, "no_model")
        assert int(answer.headers["retry-after"]) >= serving.RETRY_S


def test_the_first_promoted_model_is_picked_up(
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


def test_from_a_snapshot_the_first_request_asks_what_was_promoted_since(
    start_inference: Callable[[], Function], publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered: list[tuple[Callable[[], object], tuple[()], dict[str, object]]] = []
    monkeypatch.setattr(snapshot_restore_py, "_after_restore_registry", registered)
    publish("1")
    function = start_inference()
    publish("2")

    for action, _, _ in registered:
        action()

    assert function.call("POST", "/predict", {"text": "great"}).json["model_version"] == "2"


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        ({"sha256": "0" * 64}, "sha256"),
        ({"data": b""}, ""),
        ({"data": b"not gzip"}, "gzip"),
    ],
)
def test_a_model_that_does_not_load_leaves_the_old_one_serving(
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


def test_a_missing_artifact_leaves_the_old_model_serving(
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
def test_a_silent_s3_at_the_start_is_given_up_in_time(
    start_inference: Callable[[], Function], silent_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", silent_server)
    started = time.monotonic()
    function = start_inference()

    assert function.call("GET", "/health").status == 503
    assert time.monotonic() - started < LIMIT_S


@pytest.mark.usefixtures("other_endpoints")
def test_a_silent_s3_delays_one_request_and_the_old_model_serves(
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

    calls: list[object] = []
    monkeypatch.setattr(serving.ModelStore, "_get_pointer", lambda _store: calls.append(1))
    assert function.call("POST", "/predict", {"text": "great"}).json["model_version"] == "1"
    assert not calls


def test_a_warm_request_does_not_call_s3(inference: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    monkeypatch.setattr(serving.ModelStore, "_get_pointer", lambda _store: calls.append(1))

    assert inference.call("POST", "/predict", {"text": "great"}).status == 200
    assert not calls
