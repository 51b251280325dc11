"""The construct of a Python function: packaged code, a role of its own, a log group that forgets."""

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
    """A function whose role starts with the right to write its own logs and nothing else.

    Attributes:
        function: The function.
        role: Its own; what it may do is granted where the stack wires things together (`allow`).
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
            project: The folder that holds the project's rooms.
            source: What goes into the function.
            description: One line for people who see it in a console.
            environment: Variables, by name.
            memory_mb: Memory; processor time is in proportion (1,769 MB is one core).
            timeout_s: Seconds after which an invocation is given up.
            reserved_concurrency: Executions at once kept for it, and its limit; 0 for the common pool.

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
            self._suppress_wildcard("X-Ray's write actions know no resources.", "Resource::*")

    def allow(self, *actions: str, on: str) -> None:
        """Let the function do something to one resource.

        Args:
            actions: Such as `dynamodb:PutItem`.
            on: The resource's ARN.
        """
        self.role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=[on]))

    def allow_objects(self, *actions: str, bucket: s3.IBucket, prefixes: Sequence[str]) -> None:
        """Let the function do something to a bucket's objects.

        Args:
            actions: Such as `s3:GetObject`.
            bucket: The bucket.
            prefixes: What the objects' keys start with, up to and with a slash.
        """
        for prefix in prefixes:
            self.allow(*actions, on=bucket.arn_for_objects(f"{prefix}*"))
            self._suppress_wildcard(
                f"Objects under {prefix} get their names when they are written.",
                FindingPattern(rf"/^Resource::.*\/{re.escape(prefix.rstrip('/'))}\/\*$/"),
            )

    def _suppress_wildcard(self, reason: str, finding: str | FindingPattern) -> None:
        policy = self.role.node.find_child("DefaultPolicy")
        suppress(policy, "AwsSolutions-IAM5", reason, finding=finding)
