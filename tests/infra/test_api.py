"""The API's routes, limits, logs and errors at the gateway."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.infra.conftest import Synthesis

KEYED = {"POST /predict", "POST /predict/batch", "POST /feedback", "GET /audit", "GET /model"}
OPEN = {"GET /health", "GET /docs", "GET /docs/{proxy+}", "GET /openapi.json"}
OF_ALERTMANAGER = {"POST /alerts"}


def routes(synthesis: Synthesis) -> dict[str, dict[str, Any]]:
    resources = synthesis.serving["Resources"]

    def path(reference: dict[str, Any]) -> str:
        if "Ref" not in reference:
            return ""
        properties = resources[reference["Ref"]]["Properties"]
        return f"{path(properties['ParentId'])}/{properties['PathPart']}"

    methods = [method["Properties"] for method in synthesis.resources("AWS::ApiGateway::Method").values()]
    return {f"{method['HttpMethod']} {path(method['ResourceId'])}": method for method in methods}


def plan_of(synthesis: Synthesis, output: str) -> dict[str, Any]:
    """Return the usage plan of an API key, the only one that it has."""
    (joined,) = [
        one["Properties"]["UsagePlanId"]["Ref"]
        for one in synthesis.resources("AWS::ApiGateway::UsagePlanKey").values()
        if one["Properties"]["KeyId"]["Ref"] == synthesis.output_ref(output)
    ]
    return synthesis.resources("AWS::ApiGateway::UsagePlan")[joined]


def test_the_routes_are_those_of_the_contract(local: Synthesis) -> None:
    assert set(routes(local)) == KEYED | OPEN | OF_ALERTMANAGER


def test_only_health_documentation_and_alerts_need_no_key(local: Synthesis) -> None:
    assert {name for name, method in routes(local).items() if method["ApiKeyRequired"]} == KEYED


def test_pages_of_allowed_origins_get_preflights_and_readable_errors(synthesised: Callable[..., Synthesis]) -> None:
    one = synthesised("local", allowed_origins="https://shop.example")
    preflights = {name: method for name, method in routes(one).items() if name.startswith("OPTIONS ")}

    assert {name.split()[1] for name in preflights} == {name.split()[1] for name in KEYED | OPEN}
    assert not any(method["ApiKeyRequired"] for method in preflights.values())
    for name in ("InferenceFunction", "FeedbackFunction"):
        function = one.resources("AWS::Lambda::Function")[one.output_ref(name)]
        assert function["Properties"]["Environment"]["Variables"]["ALLOWED_ORIGINS"] == "https://shop.example"
    assert errors_readable_by(one) == {"'https://shop.example'"}
    assert one.findings == []


def test_several_origins_share_the_gateways_constant_errors(synthesised: Callable[..., Synthesis]) -> None:
    """The gateway cannot choose among them."""
    assert errors_readable_by(synthesised("local", allowed_origins="https://a.example https://b.example")) == {"'*'"}


def test_by_default_no_page_of_another_origin_can_read_an_error(local: Synthesis) -> None:
    assert errors_readable_by(local) == {None}


def errors_readable_by(synthesis: Synthesis) -> set[str | None]:
    header = "gatewayresponse.header.access-control-allow-origin"
    responses = synthesis.resources("AWS::ApiGateway::GatewayResponse").values()
    return {response["Properties"]["ResponseParameters"].get(header) for response in responses}


def answered_by(synthesis: Synthesis, output: str) -> set[str]:
    """Return the routes that a function answers."""
    return {
        name
        for name, method in routes(synthesis).items()
        if synthesis.output_ref(output) in json.dumps(method["Integration"]["Uri"])
    }


def test_feedback_and_alerts_are_answered_by_their_own_functions(local: Synthesis) -> None:
    assert answered_by(local, "FeedbackFunction") == {"POST /feedback", "GET /audit"}
    assert answered_by(local, "AlertsFunction") == OF_ALERTMANAGER
    assert {method["Integration"]["Type"] for method in routes(local).values()} == {"AWS_PROXY"}


def test_bodies_reach_the_functions_as_sent(local: Synthesis) -> None:
    (api,) = local.resources("AWS::ApiGateway::RestApi").values()

    assert api["Properties"]["BinaryMediaTypes"] == ["*/*"]


@pytest.mark.parametrize("target", ["local", "aws"])
def test_stage_and_key_are_throttled_as_set(target: str, synthesised: Callable[[str], Synthesis]) -> None:
    synthesis = synthesised(target)
    settings = synthesis.settings
    (stage,) = synthesis.resources("AWS::ApiGateway::Stage").values()
    plan, reviewers_plan = (plan_of(synthesis, output) for output in ("ApiKeyId", "ReviewersApiKeyId"))
    (every_method,) = stage["Properties"]["MethodSettings"]

    assert (every_method["HttpMethod"], every_method["ResourcePath"]) == ("*", "/*")
    assert every_method["ThrottlingRateLimit"] == settings.throttle_rate_per_s
    assert every_method["ThrottlingBurstLimit"] == settings.throttle_burst
    assert plan["Properties"]["Throttle"] == {
        "RateLimit": settings.key_rate_per_s,
        "BurstLimit": settings.key_burst,
    }
    assert plan["Properties"]["Quota"] == {"Limit": settings.quota_per_day, "Period": "DAY"}
    assert reviewers_plan["Properties"]["Throttle"] == {
        "RateLimit": settings.reviewers_rate_per_s,
        "BurstLimit": settings.reviewers_burst,
    }
    assert reviewers_plan["Properties"]["Quota"] == {"Limit": settings.reviewers_quota_per_day, "Period": "DAY"}


def test_the_stage_is_v1_and_belongs_to_both_plans(local: Synthesis) -> None:
    (name, stage), *others = local.resources("AWS::ApiGateway::Stage").items()

    assert not others
    assert stage["Properties"]["StageName"] == "v1" == local.serving["Outputs"]["ApiStage"]["Value"]
    plans = local.resources("AWS::ApiGateway::UsagePlan")
    assert len(plans) == 2
    for plan in plans.values():
        assert [one["Stage"] for one in plan["Properties"]["ApiStages"]] == [{"Ref": name}]


def test_the_access_log_has_no_keys_addresses_or_bodies(aws: Synthesis) -> None:
    (stage,) = aws.resources("AWS::ApiGateway::Stage").values()
    log = json.loads(stage["Properties"]["AccessLogSetting"]["Format"])

    assert {"$context.requestId", "$context.status", "$context.identity.apiKeyId"} <= set(log.values())
    assert not {"$context.identity.apiKey", "$context.identity.sourceIp"} & set(log.values())
    assert stage["Properties"]["MethodSettings"][0]["DataTraceEnabled"] is False


def test_the_gateways_errors_have_the_shape_of_the_functions(local: Synthesis) -> None:
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
        ("WAF_FILTERED", "403"),
        ("REQUEST_TOO_LARGE", "413"),
        ("THROTTLED", "429"),
        ("QUOTA_EXCEEDED", "429"),
        ("INTEGRATION_FAILURE", "502"),
        ("INTEGRATION_TIMEOUT", "504"),
    }


def test_the_gateways_errors_are_in_the_first_deployment(local: Synthesis) -> None:
    """A gateway response created after the deployment is not served until the next one."""
    (deployment,) = local.resources("AWS::ApiGateway::Deployment").values()

    assert set(local.resources("AWS::ApiGateway::GatewayResponse")) <= set(deployment["DependsOn"])


def test_the_api_keys_are_generated_and_in_no_template(local: Synthesis) -> None:
    keys = local.resources("AWS::ApiGateway::ApiKey")

    assert set(keys) == {local.output_ref("ApiKeyId"), local.output_ref("ReviewersApiKeyId")}
    for key in keys.values():
        assert "Value" not in key["Properties"]


def test_the_feedback_function_knows_the_reviewers_key_by_its_id(local: Synthesis) -> None:
    function = local.resources("AWS::Lambda::Function")[local.output_ref("FeedbackFunction")]

    variables = function["Properties"]["Environment"]["Variables"]
    assert variables["REVIEWERS_API_KEY_ID"] == {"Ref": local.output_ref("ReviewersApiKeyId")}


def test_the_accounts_logging_role_is_set_before_the_stage(local: Synthesis) -> None:
    """On a new AWS account the stage cannot be created before."""
    (stage,) = local.resources("AWS::ApiGateway::Stage").values()
    (account,) = local.resources("AWS::ApiGateway::Account")

    assert account in stage["DependsOn"]


def test_the_accounts_logging_role_outlives_a_stack_on_aws(aws: Synthesis) -> None:
    """The other APIs of the account write their logs with it."""
    (account,) = aws.resources("AWS::ApiGateway::Account").values()
    role, _ = account["Properties"]["CloudWatchRoleArn"]["Fn::GetAtt"]

    assert aws.resources("AWS::IAM::Role")[role]["DeletionPolicy"] == "Retain"


def test_execution_logs_expire_too(aws: Synthesis) -> None:
    """API Gateway would create their group with the stage, and keep it forever."""
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
