"""The buckets and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.shared.audit_table import INDEX
from sentiment.evaluation.live_quality import Cells
from sentiment.schemas.bucket import BY_DAY

if TYPE_CHECKING:
    from tests.infra.conftest import Resource, Synthesis

OUTPUTS = {
    *("LakeBucket", "ArtifactsBucket"),
    *("PredictionsTable", "FeedbackTable", "QualityTable", "AuditTable", "MonitoringTable"),
    "ProductStatsTable",
}


def table(synthesis: Synthesis, output: str) -> Resource:
    resource: Resource = synthesis.data["Resources"][synthesis.data["Outputs"][output]["Value"]["Ref"]]
    return resource


def _named(resource: Resource) -> bool:
    """Return whether a resource has a fixed name."""
    properties = resource["Properties"]
    return any(isinstance(properties.get(name), str) for name in ("TableName", "LogGroupName"))


@pytest.mark.parametrize(
    ("output", "key"),
    [
        ("PredictionsTable", "prediction_id"),
        ("FeedbackTable", "prediction_id"),
        ("ProductStatsTable", "entity_id"),
    ],
)
def test_a_table_has_the_key_of_the_contract(local: Synthesis, output: str, key: str) -> None:
    properties = table(local, output)["Properties"]

    assert properties["KeySchema"] == [{"AttributeName": key, "KeyType": "HASH"}]
    assert properties["AttributeDefinitions"] == [{"AttributeName": key, "AttributeType": "S"}]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"


def test_what_waits_is_listed_by_the_index_that_the_functions_query(local: Synthesis) -> None:
    properties = table(local, "AuditTable")["Properties"]
    (index,) = properties["GlobalSecondaryIndexes"]

    assert properties["KeySchema"] == [{"AttributeName": "entry", "KeyType": "HASH"}]
    assert index["IndexName"] == INDEX
    assert index["KeySchema"] == [
        {"AttributeName": "listed_in", "KeyType": "HASH"},
        {"AttributeName": "place", "KeyType": "RANGE"},
    ]
    assert index["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["drawn"]}


def test_counters_are_listed_by_the_index_that_the_monitor_queries(local: Synthesis) -> None:
    properties = table(local, "QualityTable")["Properties"]
    (index,) = properties["GlobalSecondaryIndexes"]

    assert properties["KeySchema"] == [{"AttributeName": "bucket", "KeyType": "HASH"}]
    assert index["IndexName"] == BY_DAY
    assert index["KeySchema"] == [{"AttributeName": "utc_day", "KeyType": "HASH"}]
    assert index["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(Cells._fields)}


def test_only_predictions_what_waits_of_them_and_counts_expire(local: Synthesis) -> None:
    time_to_live = {output: table(local, output)["Properties"].get("TimeToLiveSpecification") for output in OUTPUTS}

    for output in ("PredictionsTable", "AuditTable", "MonitoringTable"):
        assert time_to_live[output] == {"AttributeName": "expires_at", "Enabled": True}
    assert time_to_live["FeedbackTable"] is time_to_live["QualityTable"] is time_to_live["ProductStatsTable"] is None


def test_feasts_table_has_the_name_that_feast_expects(local: Synthesis) -> None:
    assert table(local, "ProductStatsTable")["Properties"]["TableName"] == "SentimentLoop.product_stats"


def test_archived_tables_have_a_stream(local: Synthesis) -> None:
    for output in ("PredictionsTable", "FeedbackTable"):
        assert table(local, output)["Properties"]["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
    for output in ("QualityTable", "AuditTable"):
        assert "StreamSpecification" not in table(local, output)["Properties"]


def test_tables_can_be_restored_to_any_second(aws: Synthesis) -> None:
    for resource in aws.resources("AWS::DynamoDB::Table").values():
        assert resource["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert resource["Properties"]["SSESpecification"] == {"SSEEnabled": True}


def test_buckets_are_private_versioned_and_encrypted(aws: Synthesis) -> None:
    buckets = aws.resources("AWS::S3::Bucket")

    assert len(buckets) == 3
    for bucket in buckets.values():
        properties = bucket["Properties"]
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
        assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
        assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        assert "BucketEncryption" in properties


def test_every_bucket_refuses_plain_http(aws: Synthesis) -> None:
    refused = {
        policy["Properties"]["Bucket"]["Ref"]
        for policy in aws.resources("AWS::S3::BucketPolicy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny" and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    }

    assert refused == set(aws.resources("AWS::S3::Bucket"))


@pytest.mark.parametrize(
    "kind", ["AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::SecretsManager::Secret", "AWS::Logs::LogGroup"]
)
def test_data_outlives_its_stack_on_aws_only(kind: str, local: Synthesis, aws: Synthesis) -> None:
    assert {one["DeletionPolicy"] for one in aws.resources(kind).values() if not _named(one)} == {"Retain"}
    assert {one["DeletionPolicy"] for one in local.resources(kind).values()} == {"Delete"}


@pytest.mark.parametrize(("kind", "count"), [("AWS::DynamoDB::Table", 1), ("AWS::Logs::LogGroup", 5)])
def test_resources_with_fixed_names_are_deleted(kind: str, count: int, aws: Synthesis) -> None:
    """Feast expects its table's name and MWAA those of its log groups, so the next stack needs the names."""
    named = [one for one in aws.resources(kind).values() if _named(one)]

    assert [one["DeletionPolicy"] for one in named] == ["Delete"] * count


def test_no_custom_resource_empties_buckets(local: Synthesis) -> None:
    """It would hang a deployment to ministack 1.5.33."""
    assert not [kind for kind in local.data["Resources"].values() if kind["Type"].startswith("Custom::")]
