"""A log group that forgets after the settings' number of days."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
from aws_cdk import aws_logs as logs

if TYPE_CHECKING:
    from constructs import Construct

    from infra_cdk.settings import Settings


def log_group(scope: Construct, construct_id: str, *, settings: Settings) -> logs.LogGroup:
    """Declare a log group with the settings' retention, kept or destroyed with its stack as they say."""
    group = logs.LogGroup(
        scope,
        construct_id,
        removal_policy=cdk.RemovalPolicy.RETAIN if settings.retain_data else cdk.RemovalPolicy.DESTROY,
    )
    # The L2 construct takes an enumeration by name; the settings, as CloudFormation, a number of days.
    cast("logs.CfnLogGroup", group.node.default_child).retention_in_days = settings.log_retention_days
    return group
