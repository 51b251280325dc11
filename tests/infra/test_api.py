"""The API as the gateway sees it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.infra.conftest import Synthesis

KEYED = {"POST /predict", "POST /predict/batch", "POST /feedback", "GET /model"}
OPEN = {"GET /health", "GET /docs", "GET /docs/{proxy+}", "GET /openapi.json"}


def routes(synthesis: Synthesis) -> dict[str, dict[str, Any]]:
    resources = synthesis.serving["Resources"]

    def path(reference: dict[str, Any]) -> str:
        if "Ref" not in reference:
            return ""
        properties = resources[reference["Ref"]]["Properties"]
        return f"{path(properties['ParentId'])}/{properties['PathPart']}"

    methods = [method["Properties"] for method in synthesis.resources("AWS::ApiGateway::Method").values()]
    return {f"{method['HttpMethod']} {path(method['ResourceId'])}": method for method in methods}


def test_every_call_of_the_contract_and_no_other_has_a_route(local: Synthesis) -> None:
    assert set(routes(local)) == KEYED | OPEN


def test_what_costs_asks_for_a_key_and_what_explains_does_not(local: Synthesis) -> None:
    assert {name for name, method in routes(local).items() if method["ApiKeyRequired"]} == KEYED


def test_feedback_is_answered_by_its_own_function(local: Synthesis) -> None:
    answered_by_feedback = {
        name
        for name, method in routes(local).items()
        if local.output_ref("FeedbackFunction") in json.dumps(method["Integration"]["Uri"])
    }

    assert answered_by_feedback == {"POST /feedback"}
    assert {method["Integration"]["Type"] for method in routes(local).values()} == {"AWS_PROXY"}


def test_bytes_reach_the_functions_as_sent(local: Synthesis) -> None:
    (api,) = local.resources("AWS::ApiGateway::RestApi").values()

    assert api["Properties"]["BinaryMediaTypes"] == ["*/*"]


@pytest.mark.parametrize("target", ["local", "aws"])
def test_stage_and_key_are_throttled_as_set(target: str, synthesised: Callable[[str], Synthesis]) -> None:
    synthesis = synthesised(target)
    settings = synthesis.settings
    (stage,) = synthesis.resources("AWS::ApiGateway::Stage").values()
    (plan,) = synthesis.resources("AWS::ApiGateway::UsagePlan").values()
    (every_method,) = stage["Properties"]["MethodSettings"]

    assert (every_method["HttpMethod"], every_method["ResourcePath"]) == ("*", "/*")
    assert every_method["ThrottlingRateLimit"] == settings.throttle_rate_per_s
    assert every_method["ThrottlingBurstLimit"] == settings.throttle_burst
    assert plan["Properties"]["Throttle"] == {
        "RateLimit": settings.key_rate_per_s,
        "BurstLimit": settings.key_burst,
    }
    assert plan["Properties"]["Quota"] == {"Limit": settings.quota_per_day, "Period": "DAY"}


def test_the_stage_is_v1_and_belongs_to_the_plan(local: Synthesis) -> None:
    (name, stage), *others = local.resources("AWS::ApiGateway::Stage").items()
    (plan,) = local.resources("AWS::ApiGateway::UsagePlan").values()

    assert not others
    assert stage["Properties"]["StageName"] == "v1" == local.serving["Outputs"]["ApiStage"]["Value"]
    assert [one["Stage"] for one in plan["Properties"]["ApiStages"]] == [{"Ref": name}]


def test_the_access_log_tells_who_asked_what_without_keys_addresses_or_bodies(aws: Synthesis) -> None:
    (stage,) = aws.resources("AWS::ApiGateway::Stage").values()
    log = json.loads(stage["Properties"]["AccessLogSetting"]["Format"])

    assert {"$context.requestId", "$context.status", "$context.identity.apiKeyId"} <= set(log.values())
    assert not {"$context.identity.apiKey", "$context.identity.sourceIp"} & set(log.values())
    assert stage["Properties"]["MethodSettings"][0]["DataTraceEnabled"] is False


def test_errors_of_the_gateway_look_like_those_of_the_functions(local: Synthesis) -> None:
    responses = [one["Properties"] for one in local.resources("AWS::ApiGateway::GatewayResponse").values()]

    for response in responses:
        error = json.loads(response["ResponseTemplates"]["application/json"])["error"]
        assert set(error) == {"code", "message"}
        assert error["code"].replace("_", "").isalpha()
        assert response["ResponseParameters"]["gatewayresponse.header.x-request-id"] == "context.requestId"
    assert {(one["ResponseType"], one.get("StatusCode")) for one in responses} == {
        ("DEFAULT_4XX", None),
        ("DEFAULT_5XX", None),
        ("INVALID_API_KEY", "403"),
        ("MISSING_AUTHENTICATION_TOKEN", "404"),
        ("REQUEST_TOO_LARGE", "413"),
        ("THROTTLED", "429"),
        ("QUOTA_EXCEEDED", "429"),
        ("INTEGRATION_FAILURE", "502"),
        ("INTEGRATION_TIMEOUT", "504"),
    }


def test_every_error_of_the_gateway_is_in_the_stage_that_serves(local: Synthesis) -> None:
    """A gateway response that is made after the deployment is not served until the next one."""
    (deployment,) = local.resources("AWS::ApiGateway::Deployment").values()

    assert set(local.resources("AWS::ApiGateway::GatewayResponse")) <= set(deployment["DependsOn"])


def test_the_key_is_made_by_the_gateway_and_in_no_template(local: Synthesis) -> None:
    (key,) = local.resources("AWS::ApiGateway::ApiKey").values()

    assert "Value" not in key["Properties"]


def test_the_account_may_log_before_the_stage_does(local: Synthesis) -> None:
    """On a fresh AWS account the stage cannot be made before the role is set."""
    (stage,) = local.resources("AWS::ApiGateway::Stage").values()
    (account,) = local.resources("AWS::ApiGateway::Account")

    assert account in stage["DependsOn"]


def test_execution_logs_are_forgotten_too(aws: Synthesis) -> None:
    """API Gateway makes their group when a stage is made, to be kept for ever, unless it is there."""
    (stage,) = aws.resources("AWS::ApiGateway::Stage").values()
    (group,) = [
        name
        for name, one in aws.resources("AWS::Logs::LogGroup").items()
        if "API-Gateway-Execution-Logs_" in json.dumps(one["Properties"].get("LogGroupName", ""))
    ]

    assert group in stage["DependsOn"]


def test_earlier_deployments_of_the_api_are_retained(local: Synthesis) -> None:
    (deployment,) = local.resources("AWS::ApiGateway::Deployment").values()

    assert deployment["DeletionPolicy"] == "Retain"
