"""What must outlive every deployment of the code: the lake, the model artifacts and the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3

from infra_cdk.nag import suppress

if TYPE_CHECKING:
    from constructs import Construct

    from infra_cdk.settings import Settings


class DataStack(cdk.Stack):
    """Two buckets and three tables; the attributes are handed to the stacks that grant access to them."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id, description="Sentiment Loop: lake, model artifacts and tables")
        self._removal = cdk.RemovalPolicy.RETAIN if settings.retain_data else cdk.RemovalPolicy.DESTROY

        self.lake = self._bucket("Lake")
        self.artifacts = self._bucket("Artifacts")
        self.predictions = self._table(
            "Predictions", key="prediction_id", ttl="expires_at", stream=dynamodb.StreamViewType.NEW_IMAGE
        )
        self.feedback = self._table("Feedback", key="prediction_id", stream=dynamodb.StreamViewType.NEW_IMAGE)
        self.quality = self._table("Quality", key="bucket")

        cdk.CfnOutput(self, "LakeBucket", value=self.lake.bucket_name)
        cdk.CfnOutput(self, "ArtifactsBucket", value=self.artifacts.bucket_name)
        cdk.CfnOutput(self, "PredictionsTable", value=self.predictions.table_name)
        cdk.CfnOutput(self, "FeedbackTable", value=self.feedback.table_name)
        cdk.CfnOutput(self, "QualityTable", value=self.quality.table_name)

    def _bucket(self, name: str) -> s3.Bucket:
        """A private bucket that keeps overwritten versions for 30 days, to notice and undo a mistake."""
        bucket = s3.Bucket(
            self,
            name,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="forget-old-versions",
                    noncurrent_version_expiration=cdk.Duration.days(30),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(1),
                )
            ],
            removal_policy=self._removal,
        )
        suppress(
            bucket,
            "AwsSolutions-S1",
            "Only the functions and the training job use this bucket, by roles of their own, which "
            "CloudTrail can record; server access logs would be one more bucket to guard.",
        )
        return bucket

    def _table(
        self, name: str, *, key: str, ttl: str | None = None, stream: dynamodb.StreamViewType | None = None
    ) -> dynamodb.Table:
        return dynamodb.Table(
            self,
            name,
            partition_key=dynamodb.Attribute(name=key, type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute=ttl,
            stream=stream,
            removal_policy=self._removal,
        )
