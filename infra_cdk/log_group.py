"""A log group that forgets after the settings' number of days."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
from aws_cdk import aws_logs as logs

if TYPE_CHECKING:
    from constructs import Construct

    from infra_cdk.settings import Settings


def log_group(scope: Construct, construct_id: str, *, settings: Settings, name: str | None = None) -> logs.LogGroup:
    """Declare a log group with the settings' retention, kept or destroyed with its stack as they say.

    Args:
        scope: The stack or construct.
        construct_id: Unique in the scope.
        settings: Retention, and whether data is kept.
        name: For a group that its writer finds by name; None for a generated one.
    """
    group = logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        removal_policy=cdk.RemovalPolicy.RETAIN if settings.retain_data else cdk.RemovalPolicy.DESTROY,
    )
    # The L2 construct takes an enumeration by name; the settings, as CloudFormation, a number of days.
    cast("logs.CfnLogGroup", group.node.default_child).retention_in_days = settings.log_retention_days
    return group
