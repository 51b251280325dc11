"""Rolls out a new version of a function to a share of its calls first; alarms take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra_cdk.nag import suppress

if TYPE_CHECKING:
    from infra_cdk.python_function import PythonFunction

ALIAS = "live"
"""The alias of the version that answers."""
_ERRORS = 3
"""In a minute: a single one may be a client's odd input, or another service's."""
_SLOW_MS = 3_000
"""Ten times as long as a cold start takes."""


class Rollout(Construct):
    """Publishes a version with each deployment. For five minutes it gets a tenth of the calls, then all.

    Attributes:
        alias: What callers call.
    """

    def __init__(self, scope: Construct, construct_id: str, *, function: PythonFunction) -> None:
        super().__init__(scope, construct_id)
        version = function.function.current_version
        version.apply_removal_policy(cdk.RemovalPolicy.RETAIN)  # the one before is what alarms go back to
        self.alias = lambda_.Alias(self, "Alias", alias_name=ALIAS, version=version)
        minute = cdk.Duration.minutes(1)
        errors = self._alarm(
            "Errors", "raises", self.alias.metric_errors(period=minute, statistic="Sum"), threshold=_ERRORS, minutes=1
        )
        slowness = self._alarm(
            "Slowness",
            "is slow",
            self.alias.metric_duration(period=minute, statistic="p90"),
            threshold=_SLOW_MS,
            minutes=2,
        )
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"))
        codedeploy.LambdaDeploymentGroup(
            self,
            "Deployment",
            alias=self.alias,
            deployment_config=codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
            alarms=[errors, slowness],
            auto_rollback=codedeploy.AutoRollbackConfig(
                failed_deployment=True, stopped_deployment=True, deployment_in_alarm=True
            ),
            role=role,
        )
        suppress(role, "AwsSolutions-IAM4", "The policy that AWS maintains for CodeDeploy with functions alone.")

    def _alarm(
        self, name: str, what: str, metric: cloudwatch.Metric, *, threshold: int, minutes: int
    ) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            name,
            alarm_description=f"The function {what}: the deployment of its newest version is taken back",
            metric=metric,
            threshold=threshold,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=minutes,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,  # a function that nobody calls
        )
