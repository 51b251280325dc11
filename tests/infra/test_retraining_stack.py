"""The bucket, the function and, on AWS, the Airflow environment of retraining."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from feature_repo.lake import keys
from infra_cdk.deployments import SettingsError
from lambdas.retrain import mwaa
from lambdas.shared.aws import LONGEST_CALL_S
from local import bundle_layout
from ops import managed_airflow
from tests.infra.test_functions import as_list, function, statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.infra.conftest import Resource, Synthesis

ENVIRONMENT = "AWS::MWAA::Environment"


@pytest.fixture(scope="session")
def environment(aws: Synthesis) -> Resource:
    (found,) = aws.resources(ENVIRONMENT).values()
    return found


def role_statements(aws: Synthesis) -> list[dict[str, Any]]:
    """Return the policy statements of the execution role."""
    (policy,) = (
        one["Properties"]["PolicyDocument"]["Statement"]
        for name, one in aws.resources("AWS::IAM::Policy").items()
        if name.startswith("AirflowExecution")
    )
    return list(policy)


def resources_of(statement: dict[str, Any]) -> str:
    return json.dumps(statement.get("Resource", statement.get("NotResource")))


def test_only_aws_has_an_environment_and_a_network(local: Synthesis, aws: Synthesis) -> None:
    for kind in (ENVIRONMENT, "AWS::EC2::VPC", "AWS::EC2::NatGateway", "AWS::EC2::EIP"):
        assert len(aws.resources(kind)) == 1
        assert not local.resources(kind)


def test_the_environment_is_optional(synthesised_again: Callable[..., Synthesis]) -> None:
    without = synthesised_again("aws", airflow_environment="false")

    assert not without.resources(ENVIRONMENT)
    assert not without.resources("AWS::EC2::VPC")


@pytest.mark.parametrize("output", ["RetrainFunction", "AlertsFunction"])
@pytest.mark.parametrize(("trigger", "action"), [("rest", "airflow:InvokeRestApi"), ("cli", "airflow:CreateCliToken")])
def test_a_function_may_call_one_environment_only(
    trigger: str, action: str, output: str, synthesised: Callable[..., Synthesis]
) -> None:
    synthesis = synthesised("local", mwaa_trigger=trigger, loop_name="Staging")
    (allowed,) = [one for one in statements(synthesis, output) if "airflow:" in str(one["Action"])]

    assert allowed["Action"] == action
    assert json.dumps(allowed["Resource"]).count("*") == 0
    assert "Staging" in json.dumps(allowed["Resource"])


@pytest.mark.parametrize(("output", "before_s"), [("RetrainFunction", 0.0), ("AlertsFunction", LONGEST_CALL_S)])
@pytest.mark.parametrize("trigger", ["rest", "cli"])
def test_the_timeout_exceeds_a_functions_longest_wait(
    trigger: str, output: str, before_s: float, synthesised: Callable[..., Synthesis]
) -> None:
    timeout: int = function(synthesised("local", mwaa_trigger=trigger), output)["Timeout"]

    assert before_s + mwaa.DEADLINE_S[trigger] + mwaa.LONGEST_CALL_S[trigger] < timeout


def test_the_function_calls_the_mwaa_endpoint_of_the_settings(synthesised_again: Callable[..., Synthesis]) -> None:
    synthesis = synthesised_again("local", mwaa_endpoint="http://127.0.0.1:5002")
    variables = function(synthesis, "RetrainFunction")["Environment"]["Variables"]

    assert variables["AWS_ENDPOINT_URL_MWAA"] == "http://127.0.0.1:5002"
    assert variables["MWAA_ENVIRONMENT"] == "SentimentLoop"


@pytest.mark.parametrize(
    "wrong",
    [
        {"mwaa_endpoint": "localhost:5002"},
        {"mwaa_endpoint": "http://127.0.0.1:5002/path"},
        {"mwaa_trigger": "web"},
        {"retrain_cooldown_s": "-1"},
        {"airflow_version": "2.10.3"},
        {"airflow_class": "mw2.small"},
    ],
)
def test_an_invalid_setting_is_refused(wrong: dict[str, str], synthesised_again: Callable[..., Synthesis]) -> None:
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        synthesised_again("local", **wrong)


def test_the_bucket_keeps_bundles_that_an_environment_may_use(aws: Synthesis) -> None:
    (bucket,) = [one for name, one in aws.resources("AWS::S3::Bucket").items() if name.startswith("Mwaa")]
    (rule,) = bucket["Properties"]["LifecycleConfiguration"]["Rules"]

    assert rule["NoncurrentVersionExpiration"] == {"NewerNoncurrentVersions": 10, "NoncurrentDays": 30}


def test_the_environment_needs_its_files_and_uses_their_versions(aws: Synthesis, environment: Resource) -> None:
    assert environment["Condition"] in aws.retraining["Conditions"]
    assert aws.retraining["Conditions"][environment["Condition"]] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "PluginsVersion"}, ""]}]
    }
    properties = environment["Properties"]
    named = {
        parameter: properties[f"{kind}S3ObjectVersion"]
        for parameter, kind in (
            ("PluginsVersion", "Plugins"),
            ("RequirementsVersion", "Requirements"),
            ("StartupScriptVersion", "StartupScript"),
        )
    }
    assert named == {parameter: {"Ref": parameter} for parameter in managed_airflow._PARAMETERS}
    assert set(named) <= set(aws.retraining["Parameters"])


def test_the_environment_reads_the_bundle_where_it_is_uploaded(environment: Resource) -> None:
    properties = environment["Properties"]

    assert f"{properties['DagS3Path']}/" == bundle_layout.DAGS
    assert properties["PluginsS3Path"] == bundle_layout.PLUGINS
    assert properties["RequirementsS3Path"] == bundle_layout.REQUIREMENTS
    assert properties["StartupScriptS3Path"] == bundle_layout.STARTUP


def test_the_environment_is_in_two_private_subnets_and_zones(aws: Synthesis, environment: Resource) -> None:
    network = environment["Properties"]["NetworkConfiguration"]
    subnets = [aws.all_resources()[one["Ref"]]["Properties"] for one in network["SubnetIds"]]

    assert len(subnets) == 2
    assert {subnet["MapPublicIpOnLaunch"] for subnet in subnets} == {False}
    assert len({json.dumps(subnet["AvailabilityZone"]) for subnet in subnets}) == 2


def test_the_environment_accepts_no_traffic_from_outside(aws: Synthesis) -> None:
    (group,) = aws.resources("AWS::EC2::SecurityGroup").values()
    (ingress,) = aws.resources("AWS::EC2::SecurityGroupIngress").values()

    assert "SecurityGroupIngress" not in group["Properties"]
    assert ingress["Properties"]["SourceSecurityGroupId"] == ingress["Properties"]["GroupId"]


def test_s3_and_dynamodb_have_gateway_endpoints(aws: Synthesis) -> None:
    services = [json.dumps(one["Properties"]["ServiceName"]) for one in aws.resources("AWS::EC2::VPCEndpoint").values()]

    assert len(services) == 2
    assert any(".s3" in service for service in services)
    assert any(".dynamodb" in service for service in services)


def test_the_environments_log_groups_are_created_before_it(aws: Synthesis, environment: Resource) -> None:
    named = {
        name
        for name, group in aws.resources("AWS::Logs::LogGroup").items()
        if str(group["Properties"].get("LogGroupName", "")).startswith("airflow-SentimentLoop-")
    }

    assert len(named) == 5
    assert named <= set(environment["DependsOn"])
    for logs in environment["Properties"]["LoggingConfiguration"].values():
        assert logs == {"Enabled": True, "LogLevel": "INFO"}


def test_no_retained_resource_has_a_fixed_name(aws: Synthesis) -> None:
    for kind, key in {"AWS::Logs::LogGroup": "LogGroupName", "AWS::DynamoDB::Table": "TableName"}.items():
        for name, one in aws.resources(kind).items():
            fixed = isinstance(one["Properties"].get(key), str)
            assert one["DeletionPolicy"] == "Delete" or not fixed, name


def test_tasks_may_not_delete_what_was_served_or_decided(aws: Synthesis) -> None:
    written = {
        resource
        for statement in role_statements(aws)
        if "s3:PutObject" in as_list(statement["Action"])
        for resource in re.findall(r'/([a-z/_-]+)/\*"', resources_of(statement))
    }
    deleted = [statement for statement in role_statements(aws) if "s3:DeleteObject" in as_list(statement["Action"])]

    assert written == {
        *("offline", "feast", "datasets", "quarantine/ingest"),
        *("serving", "retraining", "audit", "mlflow"),
    }
    assert all("Lake" in resources_of(statement) for statement in deleted)
    assert not any("raw/" in resources_of(statement) for statement in deleted)


@pytest.mark.parametrize(
    "key",
    [
        *(keys.REVIEWS, keys.LABELS, keys.SOURCES, keys.INDEX, keys.HELD_OUT_KEY, keys.LEASE, keys.REGISTRY),
        *(keys.DATASETS, keys.QUARANTINE),
    ],
)
def test_tasks_may_write_every_key_of_the_feature_store(key: str, aws: Synthesis) -> None:
    prefixes = [
        prefix
        for statement in role_statements(aws)
        if "s3:PutObject" in as_list(statement["Action"]) and "Lake" in resources_of(statement)
        for prefix in re.findall(r'"/([a-z/_-]+/)\*"', resources_of(statement))
    ]

    assert any(f"{key}/".startswith(prefix) for prefix in prefixes)


def test_tasks_may_read_the_secret_that_decides_what_is_held_out(aws: Synthesis) -> None:
    (statement,) = [one for one in role_statements(aws) if "secretsmanager" in json.dumps(one["Action"])]

    assert statement["Action"] == "secretsmanager:GetSecretValue"
    assert "RaterKey" in resources_of(statement)


def test_only_actions_without_resources_are_allowed_on_all(aws: Synthesis) -> None:
    anywhere = {
        action
        for statement in role_statements(aws)
        if statement.get("Resource") == "*"
        for action in as_list(statement["Action"])
    }

    assert anywhere == {"logs:DescribeLogGroups", "s3:GetAccountPublicAccessBlock", "cloudwatch:PutMetricData"}
    (keys_of_others,) = [statement for statement in role_statements(aws) if "NotResource" in statement]
    assert all(action.startswith("kms:") for action in keys_of_others["Action"])
    assert "kms:ViaService" in keys_of_others["Condition"]["StringLike"]


def test_tasks_may_change_one_table_but_not_delete_from_it(aws: Synthesis) -> None:
    (table,) = [statement for statement in role_statements(aws) if "dynamodb:" in json.dumps(statement["Action"])]

    assert "ProductStats" in resources_of(table)
    assert not {"dynamodb:DeleteItem", "dynamodb:DeleteTable", "dynamodb:Scan"} & set(table["Action"])


def test_only_mwaa_may_assume_the_role(aws: Synthesis) -> None:
    (role,) = [one for name, one in aws.resources("AWS::IAM::Role").items() if name.startswith("AirflowExecution")]
    trusted = [one["Principal"] for one in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]]

    assert {service for one in trusted for service in as_list(one["Service"])} == {
        "airflow.amazonaws.com",
        "airflow-env.amazonaws.com",
    }
    assert "ManagedPolicyArns" not in role["Properties"]
