"""The role of Airflow's tasks: permissions that MWAA needs, and those of retraining."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra_cdk.nag import FindingPattern, suppress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_s3 as s3

    from infra_cdk.data_stack import DataStack

_LAKE_WRITTEN = ("offline/", "feast/", "datasets/", "quarantine/ingest/")
_ARTIFACTS_WRITTEN = ("serving/", "retraining/", "audit/", "mlflow/")
_SQS = (
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ReceiveMessage",
    "SendMessage",
)
_LOGS = (
    *("CreateLogStream", "CreateLogGroup", "PutLogEvents", "GetLogEvents", "GetLogRecord"),
    *("GetLogGroupFields", "GetQueryResults"),
)


class AirflowRole(Construct):
    """The execution role of the environment.

    Attributes:
        role: The role, with its policy.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: str, bucket: s3.IBucket, data: DataStack
    ) -> None:
        """Declare the role.

        Args:
            scope: The stack.
            construct_id: Unique in the stack.
            environment: Name of the environment.
            bucket: Bucket with the environment's files.
            data: The lake, the artifacts and the product statistics that the tasks use.
        """
        super().__init__(scope, construct_id)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.CompositePrincipal(
                iam.ServicePrincipal("airflow.amazonaws.com"), iam.ServicePrincipal("airflow-env.amazonaws.com")
            ),
            description=f"Tasks of the Airflow environment {environment}",
        )
        self._allow_mwaa(environment, bucket)
        self._allow_retraining(data)
        if data.athena:
            data.athena.grant_queries(self.role)

    def _allow_mwaa(self, environment: str, bucket: s3.IBucket) -> None:
        """Add the policy that AWS documents for execution roles, limited to this environment where possible."""
        stack = cdk.Stack.of(self)
        self._allow(
            "airflow:PublishMetrics",
            on=[stack.format_arn(service="airflow", resource="environment", resource_name=environment)],
        )
        self._allow("s3:GetObject*", "s3:GetBucket*", "s3:List*", on=[bucket.bucket_arn, bucket.arn_for_objects("*")])
        self._suppress(
            "MWAA reads everything in its own bucket.", FindingPattern(r"/^Action::s3:(GetObject|GetBucket|List)\*$/")
        )
        self._suppress("MWAA reads everything in its own bucket.", FindingPattern(r"/^Resource::<Mwaa.*>\/\*$/"))
        groups = stack.format_arn(
            service="logs",
            resource="log-group",
            resource_name=f"airflow-{environment}-*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        self._allow(*(f"logs:{action}" for action in _LOGS), on=[groups])
        self._suppress(
            "The names of the environment's five log groups have this prefix.",
            FindingPattern(rf"/^Resource::.*:log-group:airflow-{re.escape(environment)}-\*$/"),
        )
        self._allow("logs:DescribeLogGroups", "s3:GetAccountPublicAccessBlock", "cloudwatch:PutMetricData", on=["*"])
        self._suppress("These actions do not support resources.", "Resource::*")
        # MWAA's queue is in an account of AWS, encrypted with that account's key.
        queues = stack.format_arn(service="sqs", account="*", resource="airflow-celery-*")
        self._allow(*(f"sqs:{action}" for action in _SQS), on=[queues])
        self._suppress(
            "MWAA creates the queue, in its own account and with a generated name.",
            FindingPattern(r"/^Resource::arn:.*:sqs:.*:\*:airflow-celery-\*$/"),
        )
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*", "kms:Encrypt"],
                not_resources=[stack.format_arn(service="kms", region="*", resource="key", resource_name="*")],
                conditions={"StringLike": {"kms:ViaService": [f"sqs.{stack.region}.amazonaws.com"]}},
            )
        )
        self._suppress("AWS documents this permission for the queue's key.", "Action::kms:GenerateDataKey*")

    def _allow_retraining(self, data: DataStack) -> None:
        self._allow("s3:ListBucket", "s3:GetBucketLocation", on=[data.lake.bucket_arn, data.artifacts.bucket_arn])
        self._allow_objects("s3:GetObject", bucket=data.lake, prefixes=["raw/"])
        changes = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
        self._allow_objects(*changes, bucket=data.lake, prefixes=_LAKE_WRITTEN)
        # Tasks may not delete anything that was served or decided.
        self._allow_objects(*changes[:2], bucket=data.artifacts, prefixes=_ARTIFACTS_WRITTEN)
        table = ("DescribeTable", "BatchWriteItem", "BatchGetItem", "GetItem", "PutItem", "UpdateItem")
        self._allow(*(f"dynamodb:{action}" for action in table), on=[data.product_stats.table_arn])

    def _allow_objects(self, *actions: str, bucket: s3.IBucket, prefixes: Sequence[str]) -> None:
        for prefix in prefixes:
            self._allow(*actions, on=[bucket.arn_for_objects(f"{prefix}*")])
            self._suppress(
                f"The names of objects under {prefix} are not known in advance.",
                FindingPattern(rf"/^Resource::.*\/{re.escape(prefix.rstrip('/')).replace('/', chr(92) + '/')}\/\*$/"),
            )

    def _allow(self, *actions: str, on: Sequence[str]) -> None:
        self.role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=list(on)))

    def _suppress(self, reason: str, finding: str | FindingPattern) -> None:
        suppress(self.role.node.find_child("DefaultPolicy"), "AwsSolutions-IAM5", reason, finding=finding)
