"""A second loop on the same emulator is deployed, changed and destroyed without affecting the first."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.browser import chromium, server_of_an_empty_page
from tests.e2e.checkout import copied_to, with_allowed_origin, with_one_more_route
from tests.e2e.deployment import Deployment, deployed
from tests.e2e.visitors import EVERY_CALL_ANSWERED, visited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.e2e.loop import Loop

TEXT = "It broke after two days. Terrible quality, I want my money back."
PREDICT = """async ([url, key, text]) => {
  try {
    const headers = {'content-type': 'application/json', 'x-api-key': key};
    const answer = await fetch(`${url}/predict`, {method: 'POST', headers, body: JSON.stringify({text})});
    const {label, error} = await answer.json();
    return [answer.status, label ?? error.code, answer.headers.get('x-request-id') !== null];
  } catch (error) { return String(error); }
}"""
OWN = (
    *("ApiId", "ApiKeyId", "api_key", "mlflow_url"),
    *("LakeBucket", "ArtifactsBucket", "PredictionsTable", "FeedbackTable", "QualityTable", "ProductStatsTable"),
    *("InferenceFunction", "FeedbackFunction", "ArchiveFunction", "ArchiveFailureQueueUrl"),
)
LISTS_OF_AN_ACCOUNT = {
    ("apigateway", "get_api_keys", "items", "name"),
    ("apigateway", "get_rest_apis", "items", "id"),
    ("apigateway", "get_usage_plans", "items", "id"),
    ("cloudformation", "list_exports", "Exports", "Name"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("dynamodb", "list_tables", "TableNames"),
    ("events", "list_rules", "Rules", "Name"),
    ("iam", "list_policies", "Policies", "Arn"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"),
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("lambda", "list_layers", "Layers", "LayerName"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("s3", "list_buckets", "Buckets", "Name"),
    ("secretsmanager", "list_secrets", "SecretList", "Name"),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("sqs", "list_queues", "QueueUrls"),
    ("ssm", "describe_parameters", "Parameters", "Name"),
}
"""Those with something of a loop: service, operation, and the keys of the list and of the names in its answer."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The neighbour's, to be changed: a deployment from another folder would start its servers again."""
    return copied_to(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def neighbour(deployment: Deployment, checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A loop beside the first. When it is destroyed, after the last test, the first must not change."""
    if not deployment.owns_emulator:
        pytest.skip("it is a loop on another's emulator either way, and LocalStack takes five times as long")
    folder = tmp_path_factory.mktemp("neighbour")
    before = all_listed(deployment.loop())
    with ExitStack() as ends:
        guest = Deployment.as_guest(folder, deployment.endpoint, loop_name="Neighbour")
        one = ends.enter_context(deployed(guest, checkout))
        yield one
        gone = one.loop()
        assert all_listed(gone) != before
        with unchanged(deployment.loop()) as stays:
            gone.predict(TEXT)  # being archived while the stacks are removed, it must not keep a bucket alive
            ends.close()  # destroys the loop
        assert all_listed(stays) == before, "destroyed, a loop leaves nothing"


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


def all_listed(loop: Loop) -> dict[str, set[str]]:
    return {one[1]: loop.listed(*one) for one in LISTS_OF_AN_ACCOUNT}


@contextmanager
def unchanged(loop: Loop) -> Iterator[Loop]:
    """Check that a loop answers after the body as before, with the same data and counters."""
    prediction_id, counted = loop.predict(TEXT)["prediction_id"], loop.counters()
    yield loop
    assert {loop.outputs["LakeBucket"], loop.outputs["ArtifactsBucket"]} <= loop.buckets()
    assert loop.predict(TEXT)["label"] == "negative"
    assert loop.counters() == counted
    assert loop.feedback(prediction_id, "up").status == 201


def test_two_loops_share_nothing(loop: Loop, neighbour: Deployment) -> None:
    other = neighbour.loop()
    assert [name for name in OWN if loop.outputs[name] == other.outputs[name]] == []

    with unchanged(loop):
        counted = other.counters()
        prediction_id = other.predict(TEXT)["prediction_id"]
        assert other.feedback(prediction_id, "up").status == 201
        assert other.counters() == {**counted, "tn": counted["tn"] + 1}
        assert loop.feedback(prediction_id, "up").status == 404
        assert loop.call("POST", "/predict", {"text": TEXT}, key=other.api_key).status == 403


def test_a_redeploy_adds_a_route_and_an_allowed_origin_and_keeps_all_else(
    neighbour: Deployment, checkout: Path, browser: Browser
) -> None:
    before = neighbour.loop()
    rated, unrated = (before.predict(TEXT)["prediction_id"] for _ in range(2))
    assert before.feedback(rated, "up").status == 201
    counted = before.counters()
    assert before.call("GET", "/added", key="").status in {403, 404}

    with server_of_an_empty_page() as port:
        shop, other = f"http://shop.test:{port}", f"http://other.test:{port}"
        with visited(before, TEXT) as visits:
            after = neighbour.redeploy(with_allowed_origin(with_one_more_route(checkout), shop))
        assert set(visits) == EVERY_CALL_ANSWERED
        counted["tn"] += visits["/feedback", 201]
        page = browser.new_page()
        page.goto(shop)
        assert page.evaluate(PREDICT, [after.api_url, after.api_key, TEXT]) == [200, "negative", True]
        assert page.evaluate(PREDICT, [after.api_url, after.api_key, ""]) == [422, "invalid_request", True]
        assert page.evaluate(PREDICT, [after.api_url, "none", TEXT]) == [403, "forbidden", True]
        page.goto(other)
        assert page.evaluate(PREDICT, [after.api_url, after.api_key, TEXT]) == "TypeError: Failed to fetch"

    assert after.call("GET", "/added", key="").body == {"added": True}
    assert (after.api_url, after.api_key, after.outputs) == (before.api_url, before.api_key, before.outputs)
    assert after.counters() == counted
    assert after.feedback(rated, "up").body["outcome"] == "repeated"
    assert after.feedback(unrated, "up").status == 201
    assert after.call("GET", "/health", key="").status == 200
    assert after.predict(TEXT)["label"] == "negative"
