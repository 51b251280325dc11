"""The functions' properties and permissions."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.feedback import ledger
from lambdas.inference import predictions
from lambdas.inference.product_features import BUDGET_S
from lambdas.shared.aws import LONGEST_BRIEF_CALL_S, LONGEST_CALL_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.infra.conftest import Resource, Synthesis

FUNCTIONS = {
    "InferenceFunction": "inference",
    "FeedbackFunction": "feedback",
    "ArchiveFunction": "archive",
    "RetrainFunction": "retrain",
    "AlertsFunction": "alerts",
}
ENVIRONMENT = {
    "InferenceFunction": {
        *("PREDICTIONS_TABLE", "AUDIT_TABLE", "ARTIFACTS_BUCKET", "PRODUCT_STATS_TABLE", "WINDOW_DAYS"),
        "RATER_KEY_SECRET",
    },
    "FeedbackFunction": {
        *("PREDICTIONS_TABLE", "FEEDBACK_TABLE", "QUALITY_TABLE", "AUDIT_TABLE", "RATER_KEY_SECRET"),
        "REVIEWERS_API_KEY_ID",
    },
    "ArchiveFunction": {"LAKE_BUCKET", "MONITORING_TABLE", "AUDIT_TABLE", "FEEDBACK_TABLE"},
    "RetrainFunction": {"MWAA_ENVIRONMENT", "MWAA_TRIGGER", "COOLDOWN_S"},
    "AlertsFunction": {"MWAA_ENVIRONMENT", "MWAA_TRIGGER", "COOLDOWN_S", "RATER_KEY_SECRET"},
}

LONGEST_REQUESTS_S = {
    # The pointer, the artifact, the product, the secret, the audit's places, then all writes that start in time.
    "InferenceFunction": 2 * LONGEST_CALL_S
    + BUDGET_S
    + 2 * LONGEST_BRIEF_CALL_S
    + predictions.DEADLINE_S
    + LONGEST_CALL_S,
    # The secret, all reads and writes that start in time, then the draw of what people vote on.
    "FeedbackFunction": LONGEST_CALL_S + ledger.DEADLINE_S + LONGEST_CALL_S + LONGEST_BRIEF_CALL_S + LONGEST_CALL_S,
}
GATEWAY_WAITS_S = 29

LOGS = {("logs:CreateLogStream", "Logs"), ("logs:PutLogEvents", "Logs")}
STARTS_RUNS = ("airflow:InvokeRestApi", "arn:aws:airflow:us-east-1:000000000000:role/SentimentLoop/User")
ALLOWED = {
    "InferenceFunction": LOGS
    | {
        ("dynamodb:PutItem", "Predictions"),
        ("dynamodb:BatchWriteItem", "Predictions"),
        ("dynamodb:PutItem", "Audit"),
        ("dynamodb:UpdateItem", "Audit"),
        ("secretsmanager:GetSecretValue", "RaterKey"),
        ("dynamodb:GetItem", "ProductStats"),
        ("s3:ListBucket", "Artifacts"),
        ("s3:GetObject", "Artifacts/serving/*"),
    },
    "FeedbackFunction": LOGS
    | {
        ("dynamodb:GetItem", "Predictions"),
        ("dynamodb:BatchGetItem", "Predictions"),
        ("dynamodb:ConditionCheckItem", "Predictions"),
        ("dynamodb:GetItem", "Feedback"),
        ("dynamodb:PutItem", "Feedback"),
        ("dynamodb:ConditionCheckItem", "Feedback"),
        ("dynamodb:GetItem", "Audit"),
        ("dynamodb:PutItem", "Audit"),
        ("dynamodb:UpdateItem", "Audit"),
        ("dynamodb:DeleteItem", "Audit"),
        ("dynamodb:Query", "Audit/index/by_place"),
        ("dynamodb:UpdateItem", "Quality"),
        ("secretsmanager:GetSecretValue", "RaterKey"),
    },
    "ArchiveFunction": LOGS
    | {
        ("s3:PutObject", "Lake/raw/*"),
        ("s3:PutObject", "Lake/quarantine/*"),
        ("dynamodb:PutItem", "Monitoring"),
        ("dynamodb:UpdateItem", "Monitoring"),
        ("dynamodb:PutItem", "Audit"),
        ("dynamodb:UpdateItem", "Audit"),
        ("dynamodb:ConditionCheckItem", "Feedback"),
        ("dynamodb:ListStreams", "*"),
        *(
            (f"dynamodb:{action}", stream)
            for action in ("DescribeStream", "GetRecords", "GetShardIterator")
            for stream in ("Predictions", "Feedback")
        ),
        *((f"sqs:{action}", "ArchivingFailures") for action in ("SendMessage", "GetQueueAttributes", "GetQueueUrl")),
    },
    "RetrainFunction": LOGS | {STARTS_RUNS},
    "AlertsFunction": LOGS | {STARTS_RUNS, ("secretsmanager:GetSecretValue", "RaterKey")},
}
NAMES = (
    "ProductStats",
    "Predictions",
    "Feedback",
    "Quality",
    "Audit",
    "Monitoring",
    "Artifacts",
    "Lake",
    "RaterKey",
    "ArchivingFailures",
)

PSEUDO = {"AWS::Partition": "aws", "AWS::Region": "region", "AWS::AccountId": "account"}


def function(synthesis: Synthesis, output: str) -> dict[str, Any]:
    properties: dict[str, Any] = synthesis.all_resources()[synthesis.output_ref(output)]["Properties"]
    return properties


def statements(synthesis: Synthesis, output: str) -> list[dict[str, Any]]:
    role = function(synthesis, output)["Role"]["Fn::GetAtt"][0]
    return [
        statement
        for policy in synthesis.resources("AWS::IAM::Policy").values()
        if {"Ref": role} in policy["Properties"]["Roles"]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def short(arn: str | dict[str, Any]) -> str:
    """Return an ARN as the name of its resource and the rest."""
    if isinstance(arn, str):
        return arn
    if "Fn::Join" in arn:
        first, *rest = (short(part) for part in arn["Fn::Join"][1])
        return first + "".join(rest)
    if (pseudo := arn.get("Ref")) in PSEUDO:
        return PSEUDO[pseudo]
    text = json.dumps(arn).removeprefix('{"Fn::ImportValue": "SentimentLoop-Data:ExportsOutput')
    text = text.removeprefix("FnGetAtt").removeprefix('{"Ref": "').removeprefix('{"Fn::GetAtt": ["')
    if "Logs" in text:
        return "Logs"
    return next((name for name in NAMES if text.startswith(name)), text)


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("output", FUNCTIONS)
def test_a_function_has_exactly_the_permissions_it_needs(output: str, local: Synthesis) -> None:
    allowed = {
        (action, short(resource))
        for statement in statements(local, output)
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }

    assert allowed == ALLOWED[output]


@pytest.mark.parametrize("output", FUNCTIONS)
def test_tracing_adds_its_two_actions_only(output: str, aws: Synthesis) -> None:
    extra = [one for one in statements(aws, output) if "xray:PutTraceSegments" in one["Action"]]

    assert [one["Action"] for one in extra] == [["xray:PutTraceSegments", "xray:PutTelemetryRecords"]]


def test_each_function_has_its_own_role_without_managed_policies(local: Synthesis) -> None:
    roles = [function(local, output)["Role"]["Fn::GetAtt"][0] for output in FUNCTIONS]

    assert len(set(roles)) == len(FUNCTIONS)
    for role in roles:
        assert "ManagedPolicyArns" not in local.all_resources()[role]["Properties"]


@pytest.mark.parametrize("output", FUNCTIONS)
def test_handler_and_environment_are_those_of_the_contract(output: str, local: Synthesis) -> None:
    properties = function(local, output)

    assert properties["Handler"] == f"lambdas.{FUNCTIONS[output]}.handler.handler"
    assert set(properties["Environment"]["Variables"]) == ENVIRONMENT[output]
    assert properties["Runtime"] == f"python{sys.version_info.major}.{sys.version_info.minor}"


def test_every_function_pushes_to_the_pushgateway_of_the_settings(synthesised: Callable[..., Synthesis]) -> None:
    url = "http://loop:password@127.0.0.1:9091"
    pushing = synthesised("local", pushgateway_url=url)

    for output, variables in ENVIRONMENT.items():
        given = function(pushing, output)["Environment"]["Variables"]
        assert set(given) == {*variables, "PUSHGATEWAY_URL"}
        assert given["PUSHGATEWAY_URL"] == url


@pytest.mark.parametrize("output", LONGEST_REQUESTS_S)
def test_a_functions_timeout_exceeds_its_longest_request(output: str, local: Synthesis) -> None:
    timeout: int = function(local, output)["Timeout"]

    assert LONGEST_REQUESTS_S[output] < timeout < GATEWAY_WAITS_S


@pytest.mark.parametrize("target", ["local", "aws"])
def test_every_log_expires_after_the_set_days(target: str, synthesised: Callable[[str], Synthesis]) -> None:
    synthesis = synthesised(target)
    groups = synthesis.resources("AWS::Logs::LogGroup")

    days = {group["Properties"]["RetentionInDays"] for group in groups.values()}
    assert days == {synthesis.settings.log_retention_days}
    used = {function(synthesis, output)["LoggingConfig"]["LogGroup"]["Ref"] for output in FUNCTIONS}
    assert len(used) == len(FUNCTIONS)
    assert used <= set(groups)


def test_the_raters_key_is_generated_by_aws_and_in_no_template(aws: Synthesis) -> None:
    ((name, secret),) = aws.resources("AWS::SecretsManager::Secret").items()

    assert secret["Properties"]["GenerateSecretString"] == {"ExcludePunctuation": True, "PasswordLength": 64}
    assert "SecretString" not in secret["Properties"]
    assert "resolve:secretsmanager" not in json.dumps(aws.serving)
    for output in ("InferenceFunction", "FeedbackFunction", "AlertsFunction"):
        assert function(aws, output)["Environment"]["Variables"]["RATER_KEY_SECRET"] == {"Ref": name}


@pytest.mark.parametrize("output", FUNCTIONS)
def test_a_function_is_created_after_its_policy(output: str, local: Synthesis) -> None:
    """Lambda checks the role's permissions when a stream is attached."""
    resource = local.all_resources()[local.output_ref(output)]
    role = resource["Properties"]["Role"]["Fn::GetAtt"][0]
    (policy,) = [
        name for name, one in local.resources("AWS::IAM::Policy").items() if {"Ref": role} in one["Properties"]["Roles"]
    ]

    assert policy in resource["DependsOn"]


def test_only_the_api_may_call_its_functions(local: Synthesis) -> None:
    permissions = [one["Properties"] for one in local.resources("AWS::Lambda::Permission").values()]

    assert {one["Principal"] for one in permissions} == {"apigateway.amazonaws.com"}
    for permission in permissions:
        assert "SourceArn" in permission
        assert local.output_ref("ArchiveFunction") not in json.dumps(permission["FunctionName"])


def sources(synthesis: Synthesis) -> list[Resource]:
    return [one["Properties"] for one in synthesis.resources("AWS::Lambda::EventSourceMapping").values()]


def test_a_failing_record_ends_in_the_queue(local: Synthesis) -> None:
    assert len(sources(local)) == 2
    for source in sources(local):
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["BisectBatchOnFunctionError"] is True
        assert source["MaximumRecordAgeInSeconds"] < 24 * 3600, "a stream keeps records for a day"
        assert short(source["DestinationConfig"]["OnFailure"]["Destination"]) == "ArchivingFailures"


def test_retries_end_by_age_and_not_by_their_number(local: Synthesis) -> None:
    for source in sources(local):
        assert source.get("MaximumRetryAttempts", -1) == -1
        assert source["MaximumRecordAgeInSeconds"] >= 12 * 3600


def test_an_alarm_watches_the_queue_of_failed_batches(local: Synthesis) -> None:
    alarms = [one["Properties"] for one in local.resources("AWS::CloudWatch::Alarm").values()]
    (alarm,) = [one for one in alarms if "queue" in one["AlarmDescription"]]
    (dimension,) = alarm["Dimensions"]

    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert dimension["Name"] == "QueueName"
    assert dimension["Value"]["Fn::GetAtt"] == [local.output_ref("ArchiveFailureQueueUrl"), "QueueName"]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanOrEqualToThreshold", 1)


def test_the_archive_starts_at_the_first_record_and_keeps_order(local: Synthesis) -> None:
    for source in sources(local):
        assert source["StartingPosition"] == "TRIM_HORIZON"
        assert source["ParallelizationFactor"] == 1


def test_deletions_are_not_archived(local: Synthesis) -> None:
    for source in sources(local):
        (one,) = source["FilterCriteria"]["Filters"]
        assert json.loads(one["Pattern"]) == {"eventName": ["INSERT", "MODIFY"]}


def test_the_queue_refuses_plain_http(local: Synthesis) -> None:
    (policy,) = local.resources("AWS::SQS::QueuePolicy").values()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]

    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
