"""Stacks that were being deployed when the emulator ended: nothing works on them any more, so they are told as failed.

Left in progress, no later deployment could touch them. The statuses are those that CloudFormation itself ends in, and
that the CDK knows how to go on from: it deletes and makes anew what was never complete, and updates the rest.
"""

from __future__ import annotations

from ministack.services import cloudformation


def end_interrupted_deployments() -> list[str]:
    """Give every stack that is in progress the status of a deployment that failed; returns the stacks' names."""
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
