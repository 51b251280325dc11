"""The construct of a function that starts retraining runs in Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from infra_cdk.packaging.asset import FunctionSource
from infra_cdk.python_function import METRICS, PythonFunction

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from constructs import Construct

    from infra_cdk.settings import Settings

_TIMEOUT_S = {"rest": 60, "cli": 140}
"""Longer than the function's own longest wait, so that it can say that Airflow does not answer."""


class RunStarter(PythonFunction):
    """A function that knows the loop's Airflow environment by name, and may start runs there and read them."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        project: Path,
        handler: str,
        description: str,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Package the function and declare it.

        Raises:
            PackagingError: The code cannot be packaged.
        """
        variables = {
            "MWAA_ENVIRONMENT": settings.loop_name,
            "MWAA_TRIGGER": settings.mwaa_trigger,
            "COOLDOWN_S": str(settings.retrain_cooldown_s),
            **(environment or {}),
        }
        if settings.mwaa_endpoint:
            variables["AWS_ENDPOINT_URL_MWAA"] = settings.mwaa_endpoint
        super().__init__(
            scope,
            construct_id,
            settings=settings,
            project=project,
            source=FunctionSource(handler, requirements=METRICS),
            description=description,
            environment=variables,
            memory_mb=256,
            timeout_s=_TIMEOUT_S[settings.mwaa_trigger],
            reserved_concurrency=0,
        )
        stack = cdk.Stack.of(self)
        if settings.mwaa_trigger == "cli":
            arn = stack.format_arn(service="airflow", resource="environment", resource_name=settings.loop_name)
            self.allow("airflow:CreateCliToken", on=arn)
        else:
            # Airflow's role `User` may start runs and read them.
            arn = stack.format_arn(service="airflow", resource="role", resource_name=f"{settings.loop_name}/User")
            self.allow("airflow:InvokeRestApi", on=arn)
