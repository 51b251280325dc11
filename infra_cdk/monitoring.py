"""The model monitor: a function that runs every minute, and at once after feedback."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from constructs import Construct

from infra_cdk.data_stack import QUALITY_INDEX
from infra_cdk.packaging.asset import FunctionSource
from infra_cdk.python_function import PythonFunction

if TYPE_CHECKING:
    from aws_cdk import aws_sqs as sqs

    from infra_cdk.data_stack import DataStack
    from infra_cdk.settings import Settings

_REQUIREMENTS = Path("requirements/lambda.txt")
_TIMEOUT_S = 55
"""Below the minute after which the next run begins."""
_FEEDBACK_WINDOW_S = 3
"""How long feedback is collected: with a scrape every 5 s, a verdict moves the charts within 15 s."""


class Monitoring(Construct):
    """The monitor, its permissions and what calls it.

    Attributes:
        monitor: The function.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        data: DataStack,
        failures: sqs.IQueue,
        project: Path,
    ) -> None:
        super().__init__(scope, construct_id)
        self.monitor = PythonFunction(
            self,
            "Monitor",
            settings=settings,
            project=project,
            source=FunctionSource("monitoring.monitor.handler.handler", requirements=_REQUIREMENTS),
            description="Computes how good the model is, and pushes it to the pushgateway",
            environment={
                "QUALITY_TABLE": data.quality.table_name,
                "MONITORING_TABLE": data.monitoring.table_name,
                "ARTIFACTS_BUCKET": data.artifacts.bucket_name,
                "ARCHIVE_FAILURE_QUEUE_URL": failures.queue_url,
                **({"MLFLOW_TRACKING_URI": settings.mlflow_tracking_uri} if settings.mlflow_tracking_uri else {}),
            },
            memory_mb=512,
            timeout_s=_TIMEOUT_S,
            reserved_concurrency=0,
        )
        self.monitor.allow("dynamodb:Query", on=f"{data.quality.table_arn}/index/{QUALITY_INDEX}")
        self.monitor.allow(
            *("dynamodb:Query", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
            on=data.monitoring.table_arn,
        )
        # Without s3:ListBucket, a missing pointer would be "access denied"; the audit log is listed.
        self.monitor.allow("s3:ListBucket", on=data.artifacts.bucket_arn)
        self.monitor.allow_objects("s3:GetObject", bucket=data.artifacts, prefixes=["serving/", "audit/"])
        self.monitor.allow("sqs:GetQueueAttributes", on=failures.queue_arn)
        events.Rule(
            self,
            "EveryMinute",
            schedule=events.Schedule.rate(cdk.Duration.minutes(1)),
            targets=[targets.LambdaFunction(self.monitor.function, retry_attempts=0)],
        )
        self.monitor.function.add_event_source(
            event_sources.DynamoEventSource(
                data.feedback,
                starting_position=lambda_.StartingPosition.LATEST,
                batch_size=1000,
                max_batching_window=cdk.Duration.seconds(_FEEDBACK_WINDOW_S),
                retry_attempts=0,  # the next minute's run reads everything again
            )
        )
        self.monitor.suppress_wildcard(
            "dynamodb:ListStreams does not support resources; Lambda needs it to read a stream.", "Resource::*"
        )
