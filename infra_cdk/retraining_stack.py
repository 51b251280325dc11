"""The stack of retraining: the bucket that Airflow loads its DAGs from, and the function that starts a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from infra_cdk.loop_stack import LoopStack
from infra_cdk.managed_airflow import ManagedAirflow
from infra_cdk.run_starter import RunStarter
from infra_cdk.storage import private_bucket

if TYPE_CHECKING:
    from pathlib import Path

    from aws_cdk import aws_secretsmanager as secretsmanager
    from constructs import Construct

    from infra_cdk.data_stack import DataStack
    from infra_cdk.settings import Settings

_OLD_BUNDLES = 10
"""An MWAA environment runs one version of the bundle, which must survive newer uploads."""


class RetrainingStack(LoopStack):
    """The bucket in MWAA's layout, the retrain function and, on AWS, the Airflow environment."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        data: DataStack,
        secret: secretsmanager.ISecret,
        project: Path,
    ) -> None:
        super().__init__(scope, construct_id, settings=settings, description="Airflow and what starts its runs")
        environment = settings.loop_name
        bucket = private_bucket(self, "Mwaa", settings=settings, old_versions_kept=_OLD_BUNDLES)
        retrain = RunStarter(
            self,
            "Retrain",
            settings=settings,
            project=project,
            handler="lambdas.retrain.handler.handler",
            description="Starts a retraining run in Airflow, one at a time",
        )

        if settings.airflow_environment:
            ManagedAirflow(
                self, "Airflow", settings=settings, environment=environment, bucket=bucket, data=data, secret=secret
            )

        cdk.CfnOutput(self, "MwaaBucket", value=bucket.bucket_name)
        cdk.CfnOutput(self, "MwaaEnvironment", value=environment)
        cdk.CfnOutput(self, "RetrainFunction", value=retrain.function.function_name)
