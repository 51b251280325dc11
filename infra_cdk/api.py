"""The REST API: routes, keys, limits, access log, and the gateway's own error answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra_cdk.custom_domain import CustomDomain
from infra_cdk.firewall import Firewall
from infra_cdk.nag import suppress
from infra_cdk.storage import log_group, removal_policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_lambda as lambda_

    from infra_cdk.settings import Settings

STAGE = "v1"
_SERVER_ERRORS = 10
"""In five minutes."""


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the API.

    Attributes:
        method: HTTP method.
        path: Path after the stage, with a leading slash; `{name+}` matches any number of segments.
        function: The function that answers.
        needs_key: Whether the gateway requires `x-api-key`.
        for_pages: Whether web pages of the allowed origins may call it, so that preflights are answered.
    """

    method: str
    path: str
    function: lambda_.IFunction
    needs_key: bool
    for_pages: bool = True


@dataclass(frozen=True, slots=True)
class _GatewayError:
    """An error that the gateway answers without a function; `retry_after_s` if a later try may succeed."""

    response_type: apigateway.ResponseType
    status: int | None
    code: str
    message: str
    retry_after_s: int | None = None


_TYPES = apigateway.ResponseType
_GATEWAY_ERRORS = (
    # Errors without an entry below keep the gateway's status.
    _GatewayError(_TYPES.DEFAULT_4_XX, None, "bad_request", "The gateway refused this request."),
    _GatewayError(_TYPES.DEFAULT_5_XX, None, "internal", "Something failed on our side: try again."),
    # The gateway has one type for a missing and for a wrong key.
    _GatewayError(_TYPES.INVALID_API_KEY, 403, "forbidden", "This call needs a valid API key in x-api-key."),
    # The gateway's "missing authentication token" means an unknown path or method.
    _GatewayError(_TYPES.MISSING_AUTHENTICATION_TOKEN, 404, "not_found", "There is no such call here."),
    _GatewayError(_TYPES.WAF_FILTERED, 403, "forbidden", "The firewall refused this request."),
    _GatewayError(_TYPES.REQUEST_TOO_LARGE, 413, "too_large", "The body is too large: this API takes 4 MiB."),
    _GatewayError(_TYPES.THROTTLED, 429, "throttled", "Too many requests: try again.", retry_after_s=1),
    _GatewayError(_TYPES.QUOTA_EXCEEDED, 429, "quota_exceeded", "This key's quota of today is used up."),
    _GatewayError(_TYPES.INTEGRATION_FAILURE, 502, "bad_gateway", "The function gave no answer: try again."),
    _GatewayError(_TYPES.INTEGRATION_TIMEOUT, 504, "timeout", "The function took too long: try again."),
)

# A caller is identified by its key's id: neither keys nor IP addresses are logged.
_ACCESS_LOG = {
    "request_id": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "api_key_id": "$context.identity.apiKeyId",
    "response_bytes": "$context.responseLength",
    "latency_ms": "$context.responseLatency",
    "function_latency_ms": "$context.integrationLatency",
    "function_status": "$context.integrationStatus",
    "error": "$context.error.responseType",
}


class Api(Construct):
    """The API with one stage and two keys, of callers and of reviewers; a path without a route is answered with 404.

    Attributes:
        rest_api: The REST API.
        key: The first API key; its value is in no template and no output.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        reviewers_key: apigateway.IApiKey,
        routes: Sequence[Route],
    ) -> None:
        super().__init__(scope, construct_id)
        self.rest_api = apigateway.RestApi(
            self,
            "RestApi",
            rest_api_name=settings.loop_name,
            description="Review sentiment: predictions, and what people say about them",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            # Bodies reach the function as they were sent, so that it can refuse those that are not UTF-8.
            binary_media_types=["*/*"],
            cloud_watch_role=True,
            # The account's setting goes on naming it, for the logs of all its APIs.
            cloud_watch_role_removal_policy=removal_policy(settings),
            # So that a stage can be rolled back to one of them (`docs/deploy.md`); they cost nothing.
            retain_deployments=True,
            deploy_options=self._stage(settings),
        )
        self.rest_api.node.try_remove_child("Endpoint")  # its own output: the stack declares the outputs
        for route in routes:
            self.rest_api.root.resource_for_path(route.path).add_method(
                route.method,
                apigateway.LambdaIntegration(route.function, allow_test_invoke=False),
                api_key_required=route.needs_key,
            )
        if settings.allowed_origins:
            self._add_preflights(routes)
        for error in _GATEWAY_ERRORS:
            self._add_error(error, _readable_by(settings.allowed_origins))
        self.key = self.rest_api.add_api_key("Key", description="The first caller of Sentiment Loop")
        self._add_plan(
            "Plan",
            self.key,
            description="What one key may ask",
            throttle=apigateway.ThrottleSettings(rate_limit=settings.key_rate_per_s, burst_limit=settings.key_burst),
            quota=settings.quota_per_day,
        )
        self._add_plan(
            "ReviewersPlan",
            reviewers_key,
            description="What reviewers may ask",
            throttle=apigateway.ThrottleSettings(
                rate_limit=settings.reviewers_rate_per_s, burst_limit=settings.reviewers_burst
            ),
            quota=settings.reviewers_quota_per_day,
        )
        self._expire_execution_logs(settings)
        cloudwatch.Alarm(
            self,
            "ServerErrors",
            alarm_description="The API answers with errors of its own: the functions' logs say why",
            metric=self.rest_api.deployment_stage.metric_server_error(period=cdk.Duration.minutes(5), statistic="Sum"),
            threshold=_SERVER_ERRORS,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,  # an API that nobody calls
        )
        if settings.firewall:
            # Every caller's limit: behind one address there may be several.
            most = 300 * settings.throttle_rate_per_s
            Firewall(self, "Firewall", stage=self.rest_api.deployment_stage, most_requests_in_5_min=most)
        if settings.domain_name:
            CustomDomain(self, "CustomDomain", settings=settings, stage=self.rest_api.deployment_stage)
        self._suppress(settings)

    def _add_plan(
        self,
        name: str,
        key: apigateway.IApiKey,
        *,
        description: str,
        throttle: apigateway.ThrottleSettings,
        quota: int,
    ) -> None:
        plan = self.rest_api.add_usage_plan(
            name,
            description=description,
            throttle=throttle,
            quota=apigateway.QuotaSettings(limit=quota, period=apigateway.Period.DAY),
            api_stages=[apigateway.UsagePlanPerApiStage(api=self.rest_api, stage=self.rest_api.deployment_stage)],
        )
        plan.add_api_key(key)

    def _stage(self, settings: Settings) -> apigateway.StageOptions:
        return apigateway.StageOptions(
            stage_name=STAGE,
            throttling_rate_limit=settings.throttle_rate_per_s,
            throttling_burst_limit=settings.throttle_burst,
            access_log_destination=apigateway.LogGroupLogDestination(log_group(self, "AccessLog", settings=settings)),
            access_log_format=apigateway.AccessLogFormat.custom(json.dumps(_ACCESS_LOG)),
            # Errors only: with INFO the log would hold the reviews.
            logging_level=apigateway.MethodLoggingLevel.ERROR,
            data_trace_enabled=False,
            metrics_enabled=True,
            tracing_enabled=settings.tracing,
        )

    def _expire_execution_logs(self, settings: Settings) -> None:
        """Create the log group before API Gateway does, which would keep logs forever."""
        name = f"API-Gateway-Execution-Logs_{self.rest_api.rest_api_id}/{STAGE}"
        self.rest_api.deployment_stage.node.add_dependency(
            log_group(self, "ExecutionLog", settings=settings, name=name)
        )

    def _add_preflights(self, routes: Sequence[Route]) -> None:
        """Let the functions answer OPTIONS, which browsers send without a key."""
        for path, function in {route.path: route.function for route in routes if route.for_pages}.items():
            integration = apigateway.LambdaIntegration(function, allow_test_invoke=False)
            self.rest_api.root.resource_for_path(path).add_method("OPTIONS", integration, api_key_required=False)

    def _add_error(self, error: _GatewayError, headers: dict[str, str]) -> None:
        headers = {"x-request-id": "context.requestId", **headers}
        if error.retry_after_s is not None:
            headers["retry-after"] = f"'{error.retry_after_s}'"
        self.rest_api.add_gateway_response(
            error.response_type.response_type.title().replace("_", ""),
            type=error.response_type,
            status_code=None if error.status is None else str(error.status),
            response_headers=headers,
            templates={"application/json": json.dumps({"error": {"code": error.code, "message": error.message}})},
        )

    def _suppress(self, settings: Settings) -> None:
        suppress(
            self.rest_api,
            "AwsSolutions-APIG2",
            "The functions validate every request: the gateway's own validator knows neither trimming nor "
            "what to say about a wrong field.",
        )
        if not settings.firewall:
            suppress(
                self.rest_api.deployment_stage,
                "AwsSolutions-APIG3",
                "Keys, throttling and a quota bound what a caller can cost; the setting firewall adds a web ACL.",
            )
        suppress(
            cast("Construct", self.rest_api.node.find_child("CloudWatchRole")),
            "AwsSolutions-IAM4",
            "The account's role by which API Gateway writes logs; AWS documents this policy for it.",
        )
        for method in self.rest_api.methods:
            suppress(
                method,
                "AwsSolutions-APIG4",
                "Callers are known by API key, Alertmanager by a token that the function checks; health, docs, "
                "openapi.json and preflights are public on purpose.",
            )
            suppress(method, "AwsSolutions-COG4", "Callers are programs with an API key, not users of a pool.")


def _readable_by(origins: Sequence[str]) -> dict[str, str]:
    """Return the headers of the gateway's own errors by which pages of these origins may read them.

    The gateway can only add a fixed value, so several origins share `*`: the errors are constant texts.
    """
    if not origins:
        return {}
    return {
        "access-control-allow-origin": f"'{origins[0]}'" if len(origins) == 1 else "'*'",
        "access-control-expose-headers": "'retry-after, x-request-id'",
    }
