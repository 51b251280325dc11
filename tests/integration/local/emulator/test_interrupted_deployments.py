"""A stack whose deployment was interrupted has a status from which the next deployment continues."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from local import stop
from ops import aws
from tests.integration.local.emulator.votes import start_emulator, until

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

    from local.loop import Loop

TEMPLATE = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
CHANGED = json.dumps({"Resources": {"Other": {"Type": "AWS::SNS::Topic"}}})
"""Each status that may be left, and the status in which CloudFormation itself would have ended."""
OUTCOMES = {
    "CREATE_IN_PROGRESS": "ROLLBACK_COMPLETE",
    "REVIEW_IN_PROGRESS": "ROLLBACK_COMPLETE",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_COMPLETE",
    "UPDATE_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
    "CREATE_COMPLETE": "CREATE_COMPLETE",
    "UPDATE_COMPLETE": "UPDATE_COMPLETE",
}


def test_each_interrupted_stack_can_be_deployed_again(loop: Loop) -> None:
    start_emulator(loop)
    cloudformation = aws.client(loop, "cloudformation")
    for status in OUTCOMES:
        cloudformation.create_stack(StackName=_name(status), TemplateBody=TEMPLATE)
    for status in OUTCOMES:
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName=_name(status), WaiterConfig={"Delay": 1, "MaxAttempts": 30}
        )
    stop.down(loop)
    _plant(loop)

    start_emulator(loop)

    assert {status: _status(cloudformation, status) for status in OUTCOMES} == OUTCOMES
    told = (loop.settings.logs_dir / "emulator.log").read_text()
    assert f"a deployment of {_name('CREATE_IN_PROGRESS')}" in told

    cloudformation.delete_stack(StackName=_name("CREATE_IN_PROGRESS"))
    cloudformation.delete_stack(StackName=_name("DELETE_IN_PROGRESS"))
    cloudformation.update_stack(StackName=_name("UPDATE_IN_PROGRESS"), TemplateBody=CHANGED)
    until(lambda: aws.stack(cloudformation, _name("CREATE_IN_PROGRESS")) is None)
    until(lambda: aws.stack(cloudformation, _name("DELETE_IN_PROGRESS")) is None)
    until(lambda: _status(cloudformation, "UPDATE_IN_PROGRESS") == "UPDATE_COMPLETE")


def _name(status: str) -> str:
    return status.replace("_", "-")


def _status(cloudformation: CloudFormationClient, status: str) -> str:
    found: str = cloudformation.describe_stacks(StackName=_name(status))["Stacks"][0]["StackStatus"]
    return found


def _plant(loop: Loop) -> None:
    """Change the saved stacks as if the emulator had been killed while deploying them."""
    (snapshot,) = (loop.state_dir / "emulator").glob("snapshot-*")
    path = snapshot / "cloudformation.json"
    saved = json.loads(path.read_bytes())
    for stack in saved["payload"]["stacks"]["data"].values():
        stack["StackStatus"] = stack["StackName"].replace("-", "_")
    path.write_text(json.dumps(saved))
    checksums = json.loads((snapshot / "checksums.json").read_bytes())
    checksums[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (snapshot / "checksums.json").write_text(json.dumps(checksums))
