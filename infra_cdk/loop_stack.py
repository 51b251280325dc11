"""What all stacks of the loop have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from infra_cdk.deployments import EMULATOR_ACCOUNT, EMULATOR_REGION

if TYPE_CHECKING:
    from constructs import Construct

    from infra_cdk.settings import Settings


class LoopStack(cdk.Stack):
    """A stack that goes to an emulator or to AWS, as its settings say.

    The CDK refuses to deploy that of an emulator, synthesised anywhere, to another account than an emulator's.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, description: str) -> None:
        emulator = cdk.Environment(account=EMULATOR_ACCOUNT, region=EMULATOR_REGION)
        super().__init__(
            scope,
            construct_id,
            env=None if settings.target == "aws" else emulator,
            description=f"Sentiment Loop: {description}",
        )
