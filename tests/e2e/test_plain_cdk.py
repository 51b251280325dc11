"""Plain cdklocal commands do what users of the CDK expect, and harm nothing that `make` deployed."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.e2e.loop import ROOT
from tests.e2e.visitors import AFTER_A_CUT, EVERY_CALL_ANSWERED, visited

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.deployment import Deployment
    from tests.e2e.loop import Loop

NO_DIFFERENCE = "Number of stacks with differences: 0"


def cdklocal(loop: Loop, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the project's folder, in a shell that has read the loop's `env`, and set other variables."""
    environment = {**os.environ, **loop.environment, "NO_COLOR": "1", **variables}
    command = [str(ROOT / "node_modules" / ".bin" / "cdklocal"), *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_after_make_up_there_is_no_difference_and_nothing_to_deploy(loop: Loop) -> None:
    assert NO_DIFFERENCE in said(cdklocal(loop, "diff"))

    deployed = said(cdklocal(loop, "deploy", "--all", "--require-approval", "never"))

    assert deployed.count("(no changes)") == 3


def test_the_settings_of_aws_are_refused_in_one_line(loop: Loop) -> None:
    done = cdklocal(loop, "diff", "-c", "target=aws")

    assert done.returncode == 1
    lines = [line for line in (done.stdout + done.stderr).splitlines() if "infra_cdk" in line and "exited" not in line]
    at = loop.environment["AWS_ENDPOINT_URL"]
    (line,) = lines
    assert line == (
        f"infra_cdk: this shell has the address of an emulator ({at}), which the settings of aws are not for: use "
        "another shell, with credentials of your account"
    )


def test_where_its_settings_are_not_kept_a_loop_is_not_touched(loop: Loop, tmp_path: Path) -> None:
    done = cdklocal(loop, "deploy", "--all", DEPLOYMENT_FILE="", LOCAL_DIR=str(tmp_path))

    assert done.returncode == 1
    assert f"the loop {loop.environment['LOOP_NAME']} stands at" in done.stderr


def test_what_a_plain_deploy_changes_is_named_and_mended_without_loss(loop: Loop, deployment: Deployment) -> None:
    prediction_id, counted = loop.predict("Works very well.")["prediction_id"], loop.counters()
    with visited(loop, "Works very well.") as visits:
        said(cdklocal(loop, "deploy", "--all", "--require-approval", "never", "-c", "window_days=91"))
        with pytest.raises(AssertionError, match=r"stacks .* changed by another command"):
            deployment.local("status")
        deployment.deploy()

    cut_off = set() if deployment.owns_emulator else AFTER_A_CUT
    assert EVERY_CALL_ANSWERED <= set(visits) <= EVERY_CALL_ANSWERED | cut_off, "both deployments replaced a function"
    counted["tp"] += visits["/feedback", 201] + visits["/feedback", 200]

    again = deployment.loop()
    assert (again.api_url, again.api_key, again.outputs) == (loop.api_url, loop.api_key, loop.outputs)
    assert again.counters() == counted
    assert again.feedback(prediction_id, "up").status == 201
    assert NO_DIFFERENCE in said(cdklocal(again, "diff"))
