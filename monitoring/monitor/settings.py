"""Environment variables of the monitor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Read once, by `lambdas.shared.environment`.

    Attributes:
        quality_table: DynamoDB table of the quality counters.
        monitoring_table: DynamoDB table of the archive function's counts.
        artifacts_bucket: Holds the pointer, the models and the audit log.
        archive_failure_queue_url: SQS queue of what could not be archived.
        pushgateway_url: Where metrics are pushed.
        mlflow_tracking_uri: Where the registry's alias is asked for; empty for nowhere.
    """

    quality_table: str
    monitoring_table: str
    artifacts_bucket: str
    archive_failure_queue_url: str
    pushgateway_url: str
    mlflow_tracking_uri: str = ""
