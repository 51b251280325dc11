"""Marks stacks whose deployment was interrupted by the end of the emulator as failed.

Left in progress, they would block every later deployment. The statuses are those in which CloudFormation itself ends
and from which the CDK continues: it deletes and recreates stacks that were never complete, and updates the others.
"""

from __future__ import annotations

from ministack.services import cloudformation


def end_interrupted_deployments() -> list[str]:
    """Give every stack in progress the status of a failed deployment. Returns the stacks' names."""
    ended = []
    for stack in cloudformation._stacks.all_values():
        status = stack["StackStatus"]
        if status.endswith("_IN_PROGRESS"):
            stack["StackStatus"] = _failed(status)
            ended.append(stack["StackName"])
    return ended


def _failed(status: str) -> str:
    if status.startswith("DELETE"):
        return "DELETE_FAILED"
    if status.startswith(("CREATE", "REVIEW", "ROLLBACK")):
        return "ROLLBACK_COMPLETE"
    return "UPDATE_ROLLBACK_COMPLETE"
