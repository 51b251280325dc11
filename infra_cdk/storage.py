"""Private buckets and log groups, and whether they outlive their stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

from infra_cdk.nag import suppress

if TYPE_CHECKING:
    from constructs import Construct

    from infra_cdk.settings import Settings


def removal_policy(settings: Settings) -> cdk.RemovalPolicy:
    """Return what happens to data when its stack is destroyed."""
    return cdk.RemovalPolicy.RETAIN if settings.retain_data else cdk.RemovalPolicy.DESTROY


def private_bucket(
    scope: Construct, construct_id: str, *, settings: Settings, old_versions_kept: int | None = None
) -> s3.Bucket:
    """Return a bucket that keeps overwritten versions for 30 days, to undo mistakes.

    `old_versions_kept` is how many of an object's newest overwritten versions are kept for longer.
    """
    bucket = s3.Bucket(
        scope,
        construct_id,
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        versioned=True,
        lifecycle_rules=[
            s3.LifecycleRule(
                id="forget-old-versions",
                noncurrent_version_expiration=cdk.Duration.days(30),
                noncurrent_versions_to_retain=old_versions_kept,
                abort_incomplete_multipart_upload_after=cdk.Duration.days(1),
            )
        ],
        removal_policy=removal_policy(settings),
    )
    suppress(
        bucket,
        "AwsSolutions-S1",
        "Only the functions and Airflow's tasks use this bucket, each with its own role, which "
        "CloudTrail can record; server access logs would need another bucket to protect.",
    )
    return bucket


def log_group(scope: Construct, construct_id: str, *, settings: Settings, name: str | None = None) -> logs.LogGroup:
    """Return a log group with the settings' retention; with a generated name, unless the writer expects one."""
    group = logs.LogGroup(scope, construct_id, log_group_name=name, removal_policy=removal_policy(settings))
    # The L2 construct takes an enumeration; the settings have a number of days, as CloudFormation does.
    cast("logs.CfnLogGroup", group.node.default_child).retention_in_days = settings.log_retention_days
    return group
