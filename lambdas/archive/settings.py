"""Environment variables of the archive function."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Read once, by `lambdas.shared.environment`.

    Attributes:
        lake_bucket: Where the events are written.
        monitoring_table: DynamoDB table of what the monitor reads, where the events are counted.
        audit_table: DynamoDB table of what waits for a reviewer's label.
        feedback_table: DynamoDB table of the verdicts and labels.
        pushgateway_url: Where the function pushes its operational metrics; empty for nowhere.
    """

    lake_bucket: str
    monitoring_table: str
    audit_table: str
    feedback_table: str
    pushgateway_url: str = ""
