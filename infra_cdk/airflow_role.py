"""The role of Airflow's tasks: permissions that MWAA needs, and those of retraining."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from infra_cdk.role import WithRole

if TYPE_CHECKING:
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_secretsmanager as secretsmanager
    from constructs import Construct

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


class AirflowRole(WithRole):
    """The execution role of the environment, which reads the bucket with its files."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: str,
        bucket: s3.IBucket,
        data: DataStack,
        secret: secretsmanager.ISecret,
    ) -> None:
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
        self.allow("secretsmanager:GetSecretValue", on=secret.secret_arn)  # decides what is held out
        if data.athena:
            data.athena.grant_queries(self)

    def _allow_mwaa(self, environment: str, bucket: s3.IBucket) -> None:
        """Add the policy that AWS documents for execution roles, limited to this environment where possible."""
        stack = cdk.Stack.of(self)
        self.allow(
            "airflow:PublishMetrics",
            on=stack.format_arn(service="airflow", resource="environment", resource_name=environment),
        )
        self.allow("s3:GetObject*", "s3:GetBucket*", "s3:List*", on=[bucket.bucket_arn, bucket.arn_for_objects("*")])
        for finding in (r"/^Action::s3:(GetObject|GetBucket|List)\*$/", r"/^Resource::<Mwaa.*>\/\*$/"):
            self.suppress_wildcard("MWAA reads everything in its own bucket.", finding)
        groups = stack.format_arn(
            service="logs",
            resource="log-group",
            resource_name=f"airflow-{environment}-*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        self.allow(*(f"logs:{action}" for action in _LOGS), on=groups)
        self.suppress_wildcard(
            "The names of the environment's five log groups have this prefix.",
            rf"/^Resource::.*:log-group:airflow-{re.escape(environment)}-\*$/",
        )
        self.allow("logs:DescribeLogGroups", "s3:GetAccountPublicAccessBlock", "cloudwatch:PutMetricData", on="*")
        self.suppress_wildcard("These actions do not support resources.", "Resource::*")
        # MWAA's queue is in an account of AWS, encrypted with that account's key.
        queues = stack.format_arn(service="sqs", account="*", resource="airflow-celery-*")
        self.allow(*(f"sqs:{action}" for action in _SQS), on=queues)
        self.suppress_wildcard(
            "MWAA creates the queue, in its own account and with a generated name.",
            r"/^Resource::arn:.*:sqs:.*:\*:airflow-celery-\*$/",
        )
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*", "kms:Encrypt"],
                not_resources=[stack.format_arn(service="kms", region="*", resource="key", resource_name="*")],
                conditions={"StringLike": {"kms:ViaService": [f"sqs.{stack.region}.amazonaws.com"]}},
            )
        )
        self.suppress_wildcard("AWS documents this permission for the queue's key.", "Action::kms:GenerateDataKey*")

    def _allow_retraining(self, data: DataStack) -> None:
        self.allow("s3:ListBucket", "s3:GetBucketLocation", on=[data.lake.bucket_arn, data.artifacts.bucket_arn])
        self.allow_objects("s3:GetObject", bucket=data.lake, prefixes=["raw/"])
        changes = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
        self.allow_objects(*changes, bucket=data.lake, prefixes=_LAKE_WRITTEN)
        # Tasks may not delete anything that was served or decided.
        self.allow_objects(*changes[:2], bucket=data.artifacts, prefixes=_ARTIFACTS_WRITTEN)
        table = ("DescribeTable", "BatchWriteItem", "BatchGetItem", "GetItem", "PutItem", "UpdateItem")
        self.allow(*(f"dynamodb:{action}" for action in table), on=data.product_stats.table_arn)
