"""A private bucket that keeps overwritten versions for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from infra_cdk.nag import suppress

if TYPE_CHECKING:
    from constructs import Construct

    from infra_cdk.settings import Settings


def private_bucket(
    scope: Construct, construct_id: str, *, settings: Settings, old_versions_kept: int | None = None
) -> s3.Bucket:
    """Return a bucket that keeps overwritten versions for 30 days, to undo mistakes.

    Args:
        scope: The stack or construct.
        construct_id: Unique in the scope.
        settings: Whether data is kept when the stack is destroyed.
        old_versions_kept: How many of an object's newest overwritten versions are kept for longer.
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
        removal_policy=cdk.RemovalPolicy.RETAIN if settings.retain_data else cdk.RemovalPolicy.DESTROY,
    )
    suppress(
        bucket,
        "AwsSolutions-S1",
        "Only the functions and Airflow's tasks use this bucket, each with its own role, which "
        "CloudTrail can record; server access logs would need another bucket to protect.",
    )
    return bucket
