"""The construct of a Python function: its code, its role and its log group."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from infra_cdk.nag import suppress
from infra_cdk.packaging.asset import BUILD_CACHE, FunctionSource, build
from infra_cdk.role import WithRole
from infra_cdk.rollout import Rollout
from infra_cdk.storage import log_group

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

    from infra_cdk.settings import Settings

_RUNTIMES = {
    "3.11": lambda_.Runtime.PYTHON_3_11,
    "3.12": lambda_.Runtime.PYTHON_3_12,
    "3.13": lambda_.Runtime.PYTHON_3_13,
    "3.14": lambda_.Runtime.PYTHON_3_14,
}
_ARCHITECTURES = {"x86_64": lambda_.Architecture.X86_64, "arm64": lambda_.Architecture.ARM_64}

_WITHOUT_SNAPSHOTS = ("3.11",)
_ON_VERSIONS = lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS

METRICS = Path("requirements/metrics.txt")
"""The lock file, relative to the project, of a function that ships nothing but what pushes metrics."""


class PythonFunction(WithRole):
    """A function whose role may only write logs, until the stack allows more.

    Attributes:
        function: The function.
        called: What its callers call: the function, or the alias of the version that answers.
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
        rolled_out: bool = False,
    ) -> None:
        """Package the function and declare it.

        Processor time is in proportion to its memory (1,769 MB is one core). The reserved concurrency, in concurrent
        executions, is also its limit; 0 stands for the common pool. A function that is rolled out follows the settings
        `gradual_rollout` and `snap_start`.

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
            environment={**environment, **_pushing(settings)},
            memory_size=memory_mb,
            timeout=cdk.Duration.seconds(timeout_s),
            role=self.role,
            log_group=logs,
            reserved_concurrent_executions=reserved_concurrency or None,
            tracing=lambda_.Tracing.ACTIVE if settings.tracing else lambda_.Tracing.DISABLED,
            snap_start=_ON_VERSIONS if rolled_out and _has_snapshots(settings) else None,
        )
        self.called: lambda_.IFunction = self.function
        if rolled_out and settings.gradual_rollout:
            self.called = Rollout(self, "Rollout", function=self).alias
        suppress(
            self.function,
            "AwsSolutions-L1",
            "The runtime is the version of the interpreter that compiled the bytecode and runs it locally.",
        )
        if settings.tracing:
            self.suppress_wildcard("X-Ray's write actions do not support resources.", "Resource::*")


def _has_snapshots(settings: Settings) -> bool:
    """Return whether functions begin from snapshots: where that is set, and the runtime has them."""
    return settings.snap_start and settings.python_version not in _WITHOUT_SNAPSHOTS


def _pushing(settings: Settings) -> dict[str, str]:
    return {"PUSHGATEWAY_URL": settings.pushgateway_url} if settings.pushgateway_url else {}
