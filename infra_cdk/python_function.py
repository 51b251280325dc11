"""The construct of a Python function: its code, its role and its log group."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra_cdk.log_group import log_group
from infra_cdk.nag import FindingPattern, suppress
from infra_cdk.packaging.asset import BUILD_CACHE, FunctionSource, build

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aws_cdk import aws_s3 as s3

    from infra_cdk.settings import Settings

_RUNTIMES = {
    "3.11": lambda_.Runtime.PYTHON_3_11,
    "3.12": lambda_.Runtime.PYTHON_3_12,
    "3.13": lambda_.Runtime.PYTHON_3_13,
    "3.14": lambda_.Runtime.PYTHON_3_14,
}
_ARCHITECTURES = {"x86_64": lambda_.Architecture.X86_64, "arm64": lambda_.Architecture.ARM_64}


class PythonFunction(Construct):
    """A function whose role may only write logs, until the stack allows more.

    Attributes:
        function: The function.
        role: Its role; see `allow`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        project: Path,
        source: FunctionSource,
        description: str,
        environment: Mapping[str, str],
        memory_mb: int,
        timeout_s: int,
        reserved_concurrency: int,
    ) -> None:
        """Package the function and declare it.

        Args:
            scope: The stack.
            construct_id: Unique in the stack.
            settings: Runtime, processor, log retention and tracing.
            project: Root folder of the project.
            source: Handler and requirements.
            description: One line, shown in the console.
            environment: Variables by name.
            memory_mb: Memory; processor time is in proportion (1,769 MB is one core).
            timeout_s: Timeout of an invocation.
            reserved_concurrency: Concurrent executions reserved for it, and its limit; 0 for the common pool.

        Raises:
            PackagingError: The code cannot be packaged.
        """
        super().__init__(scope, construct_id)
        asset = build(
            source,
            project=project,
            cache=project / BUILD_CACHE,
            architecture=settings.architecture,
            python_version=settings.python_version,
        )
        logs = log_group(self, "Logs", settings=settings)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"{construct_id} of Sentiment Loop",
        )
        logs.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            code=lambda_.Code.from_asset(
                str(asset.folder), asset_hash=asset.input_hash, asset_hash_type=cdk.AssetHashType.CUSTOM
            ),
            handler=source.handler,
            runtime=_RUNTIMES[settings.python_version],
            architecture=_ARCHITECTURES[settings.architecture],
            description=description,
            environment=dict(environment),
            memory_size=memory_mb,
            timeout=cdk.Duration.seconds(timeout_s),
            role=self.role,
            log_group=logs,
            reserved_concurrent_executions=reserved_concurrency or None,
            tracing=lambda_.Tracing.ACTIVE if settings.tracing else lambda_.Tracing.DISABLED,
        )
        suppress(
            self.function,
            "AwsSolutions-L1",
            "The runtime is the version of the interpreter that compiled the bytecode and runs it locally.",
        )
        if settings.tracing:
            self._suppress_wildcard("X-Ray's write actions do not support resources.", "Resource::*")

    def allow(self, *actions: str, on: str) -> None:
        """Allow the function actions on one resource.

        Args:
            actions: Such as `dynamodb:PutItem`.
            on: ARN of the resource.
        """
        self.role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=[on]))

    def allow_objects(self, *actions: str, bucket: s3.IBucket, prefixes: Sequence[str]) -> None:
        """Allow the function actions on objects of a bucket.

        Args:
            actions: Such as `s3:GetObject`.
            bucket: The bucket.
            prefixes: Prefixes of the objects' keys, each with a slash at the end.
        """
        for prefix in prefixes:
            self.allow(*actions, on=bucket.arn_for_objects(f"{prefix}*"))
            self._suppress_wildcard(
                f"The names of objects under {prefix} are not known in advance.",
                FindingPattern(rf"/^Resource::.*\/{re.escape(prefix.rstrip('/'))}\/\*$/"),
            )

    def _suppress_wildcard(self, reason: str, finding: str | FindingPattern) -> None:
        policy = self.role.node.find_child("DefaultPolicy")
        suppress(policy, "AwsSolutions-IAM5", reason, finding=finding)
