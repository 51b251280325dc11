"""Updates the Airflow environment on AWS: first its files, then the environment to exactly those versions."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from local.bundle_layout import PLUGINS, REQUIREMENTS, STARTUP
from local.errors import LocalError
from ops import aws, bundle, deploy

if TYPE_CHECKING:
    from local.loop import Loop

_PARAMETERS = {"PluginsVersion": PLUGINS, "RequirementsVersion": REQUIREMENTS, "StartupScriptVersion": STARTUP}
TRACKING = "MLFLOW_TRACKING_URI"


def update(loop: Loop, found: dict[str, str]) -> None:
    """Upload the bundle of this checkout, and update the environment to it if the deployed stack has one.

    Raises:
        LocalError: There is no tracking server, or the stack could not be updated.
    """
    now = _parameters(loop)
    if now and not os.environ.get(TRACKING):
        raise LocalError(
            f"The stacks are deployed, but Airflow's tasks need a tracking server: {TRACKING} is not set.",
            remedy=f"export {TRACKING}=https://..., then make deploy",
        )
    with loop.terminal.step("Upload the Airflow bundle", key="bundle", usual_s=10) as step:
        changed = bundle.publish(loop, found)
        step.detail = ", ".join(changed) or "nothing changed"
    s3 = aws.client(loop, "s3")
    bucket = found["MwaaBucket"]
    wanted = {name: str(s3.head_object(Bucket=bucket, Key=_PARAMETERS[name])["VersionId"]) for name in now}
    if wanted == now:
        return
    # Creating an environment takes twenty to forty minutes, updating one ten to thirty.
    with loop.terminal.step("Deploy the Airflow environment", key="airflow-environment", usual_s=1800) as step:
        deploy.deploy_retraining(loop, step, wanted)


def _parameters(loop: Loop) -> dict[str, str]:
    """The versions in the stack's parameters; empty when it has no environment."""
    stack = aws.stack(aws.client(loop, "cloudformation"), loop.settings.retraining_stack) or {}
    given = {one["ParameterKey"]: one.get("ParameterValue", "") for one in stack.get("Parameters", [])}
    return {name: given[name] for name in _PARAMETERS if name in given}
