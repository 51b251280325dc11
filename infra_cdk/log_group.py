"""A log group with the retention of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
from aws_cdk import aws_logs as logs

if TYPE_CHECKING:
    from constructs import Construct

    from infra_cdk.settings import Settings


def log_group(scope: Construct, construct_id: str, *, settings: Settings, name: str | None = None) -> logs.LogGroup:
    """Return a log group, kept for as long as the settings say, and deleted with its stack if they say so.

    Args:
        scope: The stack or construct.
        construct_id: Unique in the scope.
        settings: Retention, and whether data outlives the stack.
        name: Name, if the writer expects one; None for a generated name.
    """
    group = logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        removal_policy=cdk.RemovalPolicy.RETAIN if settings.retain_data else cdk.RemovalPolicy.DESTROY,
    )
    # The L2 construct takes an enumeration; the settings have a number of days, as CloudFormation does.
    cast("logs.CfnLogGroup", group.node.default_child).retention_in_days = settings.log_retention_days
    return group
