"""The stack of serving: the API, the functions behind it, and the one that archives their events."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_secretsmanager as secretsmanager

from infra_cdk.api import STAGE, Api, Route
from infra_cdk.archiving import Archiving
from infra_cdk.data_stack import AUDIT_INDEX
from infra_cdk.loop_stack import LoopStack
from infra_cdk.monitoring import Monitoring
from infra_cdk.nag import suppress
from infra_cdk.notices import Notices
from infra_cdk.packaging.asset import FunctionSource
from infra_cdk.python_function import METRICS, PythonFunction
from infra_cdk.run_starter import RunStarter
from infra_cdk.storage import removal_policy

if TYPE_CHECKING:
    from constructs import Construct

    from infra_cdk.data_stack import DataStack
    from infra_cdk.settings import Settings

_WEB = Path("requirements/lambda.txt")
# The inference function uses 78 MB; a gigabyte gives it 0.6 of a processor for a cold start, which takes 0.5 s of one.
_WEB_MEMORY_MB = 1024
# Longer than the longest waits of a request together, so that the function can say what did not answer; shorter than
# the gateway's timeout of 29 s.
_WEB_TIMEOUT_S = 25


class ServingStack(LoopStack):
    """The functions, their permissions, and the API in front of them.

    Attributes:
        secret: The secret of the loop.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, data: DataStack, project: Path
    ) -> None:
        super().__init__(scope, construct_id, settings=settings, description="API and functions")
        secret = self.secret = self._secret(settings)
        origins = {"ALLOWED_ORIGINS": " ".join(settings.allowed_origins)} if settings.allowed_origins else {}
        # Without a stage of its own: the stage depends on the function that knows the key. The usage plan joins them.
        reviewers_key = apigateway.ApiKey(self, "ReviewersKey", description="Reviewers of Sentiment Loop")
        function = partial(PythonFunction, self, settings=settings, project=project)
        web_function = partial(
            function,
            memory_mb=_WEB_MEMORY_MB,
            timeout_s=_WEB_TIMEOUT_S,
            reserved_concurrency=settings.reserved_concurrency,
            rolled_out=True,
        )

        inference = web_function(
            "Inference",
            source=FunctionSource("lambdas.inference.handler.handler", requirements=_WEB),
            description="Predicts the label of reviews, and names the words that decided",
            environment={
                "PREDICTIONS_TABLE": data.predictions.table_name,
                "ARTIFACTS_BUCKET": data.artifacts.bucket_name,
                "AUDIT_TABLE": data.audit.table_name,
                "PRODUCT_STATS_TABLE": data.product_stats.table_name,
                "WINDOW_DAYS": str(settings.window_days),
                "RATER_KEY_SECRET": secret.secret_arn,
                **({"REDIS_URL": settings.redis_url, "LOOP_NAME": settings.loop_name} if settings.redis_url else {}),
                **origins,
            },
        )
        feedback = web_function(
            "Feedback",
            source=FunctionSource("lambdas.feedback.handler.handler", requirements=_WEB),
            description="Records and counts feedback on predictions",
            environment={
                "PREDICTIONS_TABLE": data.predictions.table_name,
                "FEEDBACK_TABLE": data.feedback.table_name,
                "QUALITY_TABLE": data.quality.table_name,
                "AUDIT_TABLE": data.audit.table_name,
                "RATER_KEY_SECRET": secret.secret_arn,
                "REVIEWERS_API_KEY_ID": reviewers_key.key_id,
                **origins,
            },
        )
        archive = function(
            "Archive",
            source=FunctionSource("lambdas.archive.handler.handler", requirements=METRICS),
            description="Writes predictions and feedback to the lake, counts them, and offers some to reviewers",
            environment={
                "LAKE_BUCKET": data.lake.bucket_name,
                "MONITORING_TABLE": data.monitoring.table_name,
                "AUDIT_TABLE": data.audit.table_name,
                "FEEDBACK_TABLE": data.feedback.table_name,
            },
            memory_mb=256,
            timeout_s=60,
            reserved_concurrency=0,
        )
        # Behind the API, so in its stack: the one of retraining depends on this one for the secret.
        alerts = RunStarter(
            self,
            "Alerts",
            settings=settings,
            project=project,
            handler="lambdas.alerts.handler.handler",
            description="Starts a retraining run when Alertmanager says that quality fell or reviews drifted",
            environment={"RATER_KEY_SECRET": secret.secret_arn},
        )

        # Permissions. Without s3:ListBucket, a missing pointer would be "access denied".
        inference.allow("dynamodb:PutItem", "dynamodb:BatchWriteItem", on=data.predictions.table_arn)
        inference.allow("dynamodb:PutItem", "dynamodb:UpdateItem", on=data.audit.table_arn)
        inference.allow("dynamodb:GetItem", on=data.product_stats.table_arn)
        inference.allow("secretsmanager:GetSecretValue", on=secret.secret_arn)
        inference.allow("s3:ListBucket", on=data.artifacts.bucket_arn)
        inference.allow_objects("s3:GetObject", bucket=data.artifacts, prefixes=["serving/"])
        feedback.allow(
            *("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem"), on=data.predictions.table_arn
        )
        feedback.allow(
            *("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:ConditionCheckItem"), on=data.feedback.table_arn
        )
        feedback.allow(
            *("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"),
            on=data.audit.table_arn,
        )
        feedback.allow("dynamodb:Query", on=f"{data.audit.table_arn}/index/{AUDIT_INDEX}")
        feedback.allow("dynamodb:UpdateItem", on=data.quality.table_arn)
        feedback.allow("secretsmanager:GetSecretValue", on=secret.secret_arn)
        alerts.allow("secretsmanager:GetSecretValue", on=secret.secret_arn)
        archive.allow_objects("s3:PutObject", bucket=data.lake, prefixes=["raw/", "quarantine/"])
        archive.allow("dynamodb:PutItem", "dynamodb:UpdateItem", on=data.monitoring.table_arn)
        archive.allow("dynamodb:PutItem", "dynamodb:UpdateItem", on=data.audit.table_arn)
        archive.allow("dynamodb:ConditionCheckItem", on=data.feedback.table_arn)

        archiving = Archiving(
            self, "Archiving", settings=settings, function=archive, tables=[data.predictions, data.feedback]
        )
        if settings.pushgateway_url:
            monitoring = Monitoring(
                self, "Monitoring", settings=settings, data=data, failures=archiving.failures, project=project
            )
            cdk.CfnOutput(self, "MonitorFunction", value=monitoring.monitor.function.function_name)
        api = Api(
            self,
            "Api",
            settings=settings,
            reviewers_key=reviewers_key,
            routes=[
                Route("POST", "/predict", inference.called, needs_key=True),
                Route("POST", "/predict/batch", inference.called, needs_key=True),
                Route("POST", "/feedback", feedback.called, needs_key=True),
                Route("GET", "/audit", feedback.called, needs_key=True),
                Route("GET", "/model", inference.called, needs_key=True),
                Route("GET", "/health", inference.called, needs_key=False),
                Route("GET", "/docs", inference.called, needs_key=False),
                Route("GET", "/docs/{proxy+}", inference.called, needs_key=False),
                Route("GET", "/openapi.json", inference.called, needs_key=False),
                # Alertmanager can send no API key: the function checks a token.
                Route("POST", "/alerts", alerts.function, needs_key=False, for_pages=False),
            ],
        )
        if settings.alarm_email:
            Notices(self, "Notices", settings=settings).mail_all_alarms(within=self)

        cdk.CfnOutput(self, "ApiId", value=api.rest_api.rest_api_id)
        cdk.CfnOutput(self, "ApiStage", value=STAGE)
        cdk.CfnOutput(self, "ApiUrl", value=api.rest_api.url)
        cdk.CfnOutput(self, "ApiKeyId", value=api.key.key_id)
        cdk.CfnOutput(self, "ReviewersApiKeyId", value=reviewers_key.key_id)
        cdk.CfnOutput(self, "InferenceFunction", value=inference.function.function_name)
        cdk.CfnOutput(self, "FeedbackFunction", value=feedback.function.function_name)
        cdk.CfnOutput(self, "ArchiveFunction", value=archive.function.function_name)
        cdk.CfnOutput(self, "AlertsFunction", value=alerts.function.function_name)
        cdk.CfnOutput(self, "ArchiveFailureQueueUrl", value=archiving.failures.queue_url)
        cdk.CfnOutput(self, "RaterKeySecret", value=secret.secret_arn)

    def _secret(self, settings: Settings) -> secretsmanager.Secret:
        secret = secretsmanager.Secret(
            self,
            "RaterKey",
            description="The secret of Sentiment Loop: hashes raters and clients, decides what is held out and audited",
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True),
            removal_policy=removal_policy(settings),
        )
        suppress(
            secret,
            "AwsSolutions-SMG4",
            "Hashes must stay the same: with a rotated key, held-out reviews would be trained on.",
        )
        return secret
