"""Plain cdklocal commands do what users of the CDK expect, and harm nothing that `make` deployed."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.e2e.loop import ROOT
from tests.e2e.visitors import EVERY_CALL_ANSWERED, visited

if TYPE_CHECKING:
    from tests.e2e.deployment import Deployment
    from tests.e2e.loop import Loop

NO_DIFFERENCE = "Number of stacks with differences: 0"


def cdklocal(loop: Loop, deployment: Deployment, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the project's folder, in a shell that has read the loop's `env`."""
    environment = {**os.environ, **loop.environment, "LOCAL_DIR": str(deployment.folder), "NO_COLOR": "1"}
    command = [str(ROOT / "node_modules" / ".bin" / "cdklocal"), *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_after_make_up_there_is_no_difference_and_nothing_to_deploy(loop: Loop, deployment: Deployment) -> None:
    assert NO_DIFFERENCE in said(cdklocal(loop, deployment, "diff", "--all"))

    deployed = said(cdklocal(loop, deployment, "deploy", "--all", "--require-approval", "never"))

    assert deployed.count("(no changes)") == 3


def test_the_settings_of_aws_are_refused_in_one_line(loop: Loop, deployment: Deployment) -> None:
    done = cdklocal(loop, deployment, "diff", "--all", "-c", "target=aws")

    assert done.returncode == 1
    lines = [line for line in (done.stdout + done.stderr).splitlines() if "infra_cdk" in line and "exited" not in line]
    assert lines == [
        "infra_cdk: the settings of aws are not for an emulator: use cdk, with credentials of your account"
    ]


def test_what_a_plain_deploy_changes_is_named_and_mended_without_loss(loop: Loop, deployment: Deployment) -> None:
    prediction_id, counted = loop.predict("Works very well.")["prediction_id"], loop.counters()
    with visited(loop, "Works very well.") as visits:
        said(cdklocal(loop, deployment, "deploy", "--all", "--require-approval", "never", "-c", "window_days=91"))
        with pytest.raises(AssertionError, match=r"stacks .* changed by another command"):
            deployment.local("status")
        deployment.deploy()

    assert set(visits) == EVERY_CALL_ANSWERED, "both deployments replaced a function"
    counted["tp"] += visits["/feedback", 201]

    again = deployment.loop()
    assert (again.api_url, again.api_key, again.outputs) == (loop.api_url, loop.api_key, loop.outputs)
    assert again.counters() == counted
    assert again.feedback(prediction_id, "up").status == 201
    assert NO_DIFFERENCE in said(cdklocal(again, deployment, "diff", "--all"))
