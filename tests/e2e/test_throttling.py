"""Requests above the limits are refused by the gateway, with the API's own error, before any function runs."""

from __future__ import annotations

import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_apigateway.type_defs import PatchOperationTypeDef

    from tests.e2e.deployment import Deployment
    from tests.e2e.loop import Answer, Loop

TEXT = "Arrived quickly and works perfectly. I love it."
ONE_REQUEST = {"rateLimit": "0.001", "burstLimit": "1"}
"""One request, and the next a quarter of an hour later."""


@pytest.fixture(autouse=True)
def where_limits_are_applied(deployment: Deployment) -> None:
    if deployment.owns_emulator:
        return
    try:
        with urllib.request.urlopen(f"{deployment.endpoint}/_ministack/health", timeout=30):  # noqa: S310 - the suite's
            return
    except urllib.error.HTTPError as error:
        error.close()
        pytest.skip("LocalStack never applies limits: docs/targets.md")


def test_requests_above_the_limit_of_a_key_are_refused_and_not_counted(loop: Loop) -> None:
    prediction_id = loop.predict(TEXT)["prediction_id"]
    before = loop.counters()
    with key_limited(loop):
        assert loop.predict(TEXT)["label"] == "positive"
        _assert_throttled(loop.feedback(prediction_id, "up"))
        assert loop.call("GET", "/health", key="").status == 200, "requests without a key are still answered"
    assert loop.counters() == before
    assert loop.feedback(prediction_id, "up").status == 201, "the first feedback that reached the function"


def test_reviewers_have_a_limit_of_their_own(loop: Loop) -> None:
    with key_limited(loop, "ReviewersApiKeyId"):
        assert loop.call("GET", "/audit", key=loop.reviewers_key).status == 200
        _assert_throttled(loop.call("GET", "/audit", key=loop.reviewers_key))
        assert loop.predict(TEXT)["label"] == "positive", "the other key's limit is not touched"
    assert loop.call("GET", "/audit", key=loop.reviewers_key).status == 200


def test_requests_above_the_limit_of_the_stage_are_refused_with_any_key(loop: Loop) -> None:
    assert loop.call("GET", "/health", key="").status == 200
    with stage_limited(loop):
        assert loop.call("GET", "/health", key="").status == 200
        _assert_throttled(loop.call("GET", "/health", key=""))
        _assert_throttled(loop.call("GET", "/health"))
    assert loop.call("GET", "/health", key="").status == 200


def _assert_throttled(answer: Answer) -> None:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert answer.status == 429
    assert headers["retry-after"] == "1"
    assert headers["x-request-id"]
    assert answer.body == {"error": {"code": "throttled", "message": "Too many requests: try again."}}


@contextmanager
def key_limited(loop: Loop, output: str = "ApiKeyId") -> Iterator[None]:
    """Limit one of the loop's keys to one request in the body."""
    (plan,) = (  # not by `keyId`, which ministack 1.5.33 ignores
        plan
        for plan in loop.api_gateway.get_usage_plans()["items"]
        for key in loop.api_gateway.get_usage_plan_keys(usagePlanId=plan["id"])["items"]
        if key["id"] == loop.outputs[output]
    )
    found = {name: str(value) for name, value in plan["throttle"].items()}

    def limit(to: dict[str, str]) -> None:
        loop.api_gateway.update_usage_plan(usagePlanId=plan["id"], patchOperations=_replacing("/throttle", to))

    limit(ONE_REQUEST)
    try:
        yield
    finally:
        limit(found)


@contextmanager
def stage_limited(loop: Loop) -> Iterator[None]:
    """Limit every method of the stage to one request in the body."""
    of = {"restApiId": loop.outputs["ApiId"], "stageName": loop.outputs["ApiStage"]}
    every = loop.api_gateway.get_stage(**of)["methodSettings"]["*/*"]
    found = {"rateLimit": str(every["throttlingRateLimit"]), "burstLimit": str(every["throttlingBurstLimit"])}

    def limit(to: dict[str, str]) -> None:
        loop.api_gateway.update_stage(**of, patchOperations=_replacing("/*/*/throttling", to))

    limit(ONE_REQUEST)
    try:
        yield
    finally:
        limit(found)


def _replacing(path: str, values: dict[str, str]) -> list[PatchOperationTypeDef]:
    return [{"op": "replace", "path": f"{path}/{name}", "value": value} for name, value in values.items()]
