"""Connects the tables' streams to the archive function, with a queue and an alarm for failed batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra_cdk.nag import suppress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_dynamodb as dynamodb

    from infra_cdk.python_function import PythonFunction
    from infra_cdk.settings import Settings


class Archiving(Construct):
    """Event sources with partial batch responses. The function's role gets access to the streams and the queue.

    Attributes:
        failures: Receives the stream positions of batches that failed for good. The records themselves stay in the
            stream for a day, and in the tables, from which `ops.reconcile` archives them.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        function: PythonFunction,
        tables: Sequence[dynamodb.Table],
    ) -> None:
        super().__init__(scope, construct_id)
        self.failures = sqs.Queue(
            self,
            "Failures",
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            retention_period=cdk.Duration.days(14),
        )
        suppress(self.failures, "AwsSolutions-SQS3", "It is a dead-letter queue itself, and only people read from it.")
        cloudwatch.Alarm(
            self,
            "NotArchived",
            alarm_description="Events were not archived: python -m ops.reconcile, then empty the queue",
            metric=self.failures.metric_approximate_number_of_messages_visible(period=cdk.Duration.minutes(5)),
            threshold=1,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,  # an idle queue reports nothing
        )
        for table in tables:
            function.function.add_event_source(
                event_sources.DynamoEventSource(
                    table,
                    starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                    batch_size=100,
                    max_batching_window=cdk.Duration.seconds(settings.archive_window_s),
                    parallelization_factor=1,
                    report_batch_item_failures=True,
                    bisect_batch_on_error=True,
                    # Retries end by age, because an outage of minutes would use up any number of them. The function
                    # quarantines unreadable records itself, so that only an outage makes it fail.
                    max_record_age=cdk.Duration.hours(12),
                    on_failure=event_sources.SqsDlq(self.failures),
                    # Not the deletion of expired items.
                    filters=[lambda_.FilterCriteria.filter({"eventName": lambda_.FilterRule.or_("INSERT", "MODIFY")})],
                )
            )
        function.suppress_wildcard(
            "dynamodb:ListStreams does not support resources; Lambda needs it to read a stream.", "Resource::*"
        )
