"""The stacks of the app, connected to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from infra_cdk.data_stack import DataStack
from infra_cdk.retraining_stack import RetrainingStack
from infra_cdk.serving_stack import ServingStack

if TYPE_CHECKING:
    from pathlib import Path

    from infra_cdk.settings import Settings


def add_stacks(app: cdk.App, *, settings: Settings, project: Path) -> None:
    """Add the stacks to the app, with the functions' code and their lock file in the folder `project`.

    Raises:
        PackagingError: A function's code cannot be packaged.
    """
    data = DataStack(app, f"{settings.loop_name}-Data", settings=settings)
    serving = ServingStack(app, f"{settings.loop_name}-Serving", settings=settings, data=data, project=project)
    RetrainingStack(
        app,
        f"{settings.loop_name}-Retraining",
        settings=settings,
        data=data,
        secret=serving.secret,
        project=project,
    )
    cdk.Tags.of(app).add("project", "sentiment-loop")
    cdk.Tags.of(app).add("loop", settings.loop_name)
