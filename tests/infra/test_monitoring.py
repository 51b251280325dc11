"""The monitor: what calls it, what it may do, and that a loop without a pushgateway has none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.infra.test_functions import LOGS, as_list, function, short, statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.infra.conftest import Synthesis

OUTPUT = "MonitorFunction"
URL = "http://127.0.0.1:9091"


@pytest.fixture(scope="module")
def watched(synthesised: Callable[..., Synthesis]) -> Synthesis:
    return synthesised("local", pushgateway_url=URL)


def test_the_monitor_runs_every_minute_and_after_feedback(watched: Synthesis) -> None:
    name = watched.output_ref(OUTPUT)
    (rule,) = watched.resources("AWS::Events::Rule").values()
    mappings = watched.resources("AWS::Lambda::EventSourceMapping").values()
    (stream,) = [one["Properties"] for one in mappings if one["Properties"]["FunctionName"] == {"Ref": name}]

    assert rule["Properties"]["ScheduleExpression"] == "rate(1 minute)"
    assert [target["Arn"] for target in rule["Properties"]["Targets"]] == [{"Fn::GetAtt": [name, "Arn"]}]
    assert short(stream["EventSourceArn"]) == "Feedback"
    assert stream["MaximumBatchingWindowInSeconds"] <= 5


def test_the_monitor_has_exactly_the_permissions_it_needs(watched: Synthesis) -> None:
    allowed = {
        (action, short(resource))
        for statement in statements(watched, OUTPUT)
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }
    assert allowed == LOGS | {
        ("dynamodb:Query", "Quality/index/by_day"),
        *((f"dynamodb:{action}", "Monitoring") for action in ("Query", "GetItem", "PutItem", "UpdateItem")),
        *((f"dynamodb:{action}", "Feedback") for action in ("DescribeStream", "GetRecords", "GetShardIterator")),
        ("dynamodb:ListStreams", "*"),
        ("s3:ListBucket", "Artifacts"),
        ("s3:GetObject", "Artifacts/serving/*"),
        ("s3:GetObject", "Artifacts/audit/*"),
        ("sqs:GetQueueAttributes", "ArchivingFailures"),
    }


def test_the_monitor_is_told_where_everything_is(watched: Synthesis) -> None:
    variables: dict[str, Any] = function(watched, OUTPUT)["Environment"]["Variables"]
    assert variables["PUSHGATEWAY_URL"] == URL
    assert set(variables) == {
        *("QUALITY_TABLE", "MONITORING_TABLE", "ARTIFACTS_BUCKET", "ARCHIVE_FAILURE_QUEUE_URL", "PUSHGATEWAY_URL"),
    }


def test_nothing_unexplained_is_found_by_cdk_nag(watched: Synthesis) -> None:
    assert watched.findings == []


def test_without_a_pushgateway_there_is_no_monitor(local: Synthesis) -> None:
    assert OUTPUT not in local.serving["Outputs"]
    assert local.resources("AWS::Events::Rule") == {}
