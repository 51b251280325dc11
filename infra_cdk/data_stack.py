"""The stack of all data: the lake, the artifacts and the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

from infra_cdk.athena import Athena
from infra_cdk.loop_stack import LoopStack
from infra_cdk.storage import private_bucket, removal_policy

if TYPE_CHECKING:
    from constructs import Construct

    from infra_cdk.settings import Settings


AUDIT_INDEX = "by_place"
QUALITY_INDEX = "by_day"


class DataStack(LoopStack):
    """Two buckets and six tables, to which the other stacks grant access.

    Attributes:
        athena: The lake's tables in Athena; None unless the settings ask for them.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id, settings=settings, description="lake, model artifacts and tables")
        self._removal = removal_policy(settings)

        self.lake = private_bucket(self, "Lake", settings=settings)
        self.artifacts = private_bucket(self, "Artifacts", settings=settings)
        self.predictions = self._table(
            "Predictions", key="prediction_id", ttl="expires_at", stream=dynamodb.StreamViewType.NEW_IMAGE
        )
        self.feedback = self._table("Feedback", key="prediction_id", stream=dynamodb.StreamViewType.NEW_IMAGE)
        self.quality = self._table("Quality", key="bucket")
        # The name and the attributes are also in sentiment.schemas.bucket, which cannot be imported here.
        self.quality.add_global_secondary_index(
            index_name=QUALITY_INDEX,
            partition_key=dynamodb.Attribute(name="utc_day", type=dynamodb.AttributeType.STRING),
            projection_type=dynamodb.ProjectionType.INCLUDE,
            non_key_attributes=["tp", "fp", "tn", "fn"],
        )
        self.monitoring = self._table("Monitoring", key="series", sort_key="entry", ttl="expires_at")
        self.audit = self._table("Audit", key="entry", ttl="expires_at")
        # The name and the keys are also in lambdas.shared.audit_table, which cannot be imported here.
        self.audit.add_global_secondary_index(
            index_name=AUDIT_INDEX,
            partition_key=dynamodb.Attribute(name="listed_in", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="place", type=dynamodb.AttributeType.STRING),
            projection_type=dynamodb.ProjectionType.INCLUDE,
            non_key_attributes=["drawn"],
        )
        # Feast expects this name. A table that is retained would block the next deployment, and its content can be
        # rebuilt from the lake.
        self.product_stats = self._table(
            "ProductStats", key="entity_id", table_name=f"{settings.loop_name}.product_stats"
        )
        self.product_stats.apply_removal_policy(cdk.RemovalPolicy.DESTROY)

        cdk.CfnOutput(self, "LakeBucket", value=self.lake.bucket_name)
        cdk.CfnOutput(self, "ArtifactsBucket", value=self.artifacts.bucket_name)
        cdk.CfnOutput(self, "PredictionsTable", value=self.predictions.table_name)
        cdk.CfnOutput(self, "FeedbackTable", value=self.feedback.table_name)
        cdk.CfnOutput(self, "QualityTable", value=self.quality.table_name)
        cdk.CfnOutput(self, "AuditTable", value=self.audit.table_name)
        cdk.CfnOutput(self, "MonitoringTable", value=self.monitoring.table_name)
        cdk.CfnOutput(self, "ProductStatsTable", value=self.product_stats.table_name)

        self.athena = Athena(self, "Athena", settings=settings, lake=self.lake) if settings.athena else None
        if self.athena:
            cdk.CfnOutput(self, "AthenaDatabase", value=self.athena.database)
            cdk.CfnOutput(self, "AthenaWorkgroup", value=self.athena.workgroup)

    def _table(
        self,
        name: str,
        *,
        key: str,
        sort_key: str | None = None,
        ttl: str | None = None,
        stream: dynamodb.StreamViewType | None = None,
        table_name: str | None = None,
    ) -> dynamodb.Table:
        return dynamodb.Table(
            self,
            name,
            table_name=table_name,
            partition_key=dynamodb.Attribute(name=key, type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name=sort_key, type=dynamodb.AttributeType.STRING) if sort_key else None,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute=ttl,
            stream=stream,
            removal_policy=self._removal,
        )
