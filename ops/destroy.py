"""`make destroy`: removes the stacks from their target."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from local import health
from local.errors import LocalError
from local.programs import EMULATOR
from local.settings import Target
from local.stop import stop_airflow
from local.terminal import Step
from ops import aws, deploy, losses, outputs

if TYPE_CHECKING:
    from pathlib import Path

    from local.loop import Loop

_REMOVED = {
    True: "the API, its functions, and all buckets and tables with their data, permanently",
    False: "the API and its functions; buckets, tables and the secret of the loop are kept",
}


def remove_stacks(loop: Loop, *, confirmed: bool) -> None:
    """Say what will be removed, ask, and remove the stacks.

    Raises:
        LocalError: Another loop answers there, nobody can be asked, or a stack could not be removed.
    """
    aws.check_access(loop, "destroy")
    _refuse_other_loops(loop)
    emulated = loop.settings.target is not Target.AWS
    *stacks, last = loop.settings.stacks
    loop.terminal.note(f"This removes {', '.join(stacks)} and {last}: {_REMOVED[emulated]}.")
    if not confirmed and not loop.terminal.confirms("Remove it?", remedy="YES=1 make destroy"):
        loop.terminal.note("Nothing was removed.")
        return
    _remove(loop)


def finish_interrupted(loop: Loop) -> None:
    """Finish a removal that was confirmed and then interrupted, so that a deployment finds nothing half removed.

    Raises:
        LocalError: A stack could not be removed.
    """
    if _marker(loop).exists():
        loop.terminal.warn("An earlier make destroy was interrupted: finishing it first.")
        _remove(loop)


def _refuse_other_loops(loop: Loop) -> None:
    """Check that the emulator is this folder's: another folder's may have stacks with the same names."""
    if loop.settings.target is Target.LOCALSTACK:
        name, asking = loop.settings.loop_name, Step("Ask LocalStack", 1)
        health.wait_for_localstack(loop.endpoint, loop_name=name, timeout_s=0, step=asking)
    elif loop.settings.target is Target.LOCAL:
        port = loop.ports.known().get(EMULATOR, loop.settings.emulator_port)
        health_check = health.ask_emulator(loop.state_dir, port)
        if not health_check.ok:
            raise LocalError(
                f"The emulator of this loop cannot be reached: {health_check.problem}.",
                remedy="make up, then make destroy",
            )


def _remove(loop: Loop) -> None:
    with loop.terminal.step("Remove the stacks", key="destroy", usual_s=30) as step:
        if loop.settings.target is not Target.AWS:
            # Listed before anything is changed: a target that does not answer is left as it is.
            functions = _resources(loop, "AWS::Lambda::Function")
            buckets = _resources(loop, "AWS::S3::Bucket")
            deploy.forget(loop)
            losses.forget(loop)
            _marker(loop).touch()  # until they are removed, the stacks count as complete, without functions and objects
            stop_airflow(loop)  # its DAGs and its tasks' data are in the buckets
            _end_functions(loop, functions)
            _empty_buckets(loop, buckets)
        deploy.destroy(loop, step)
        outputs.remove(loop)
        _marker(loop).unlink(missing_ok=True)


def _marker(loop: Loop) -> Path:
    return loop.state_dir / "destroying"


def _end_functions(loop: Loop, names: list[str]) -> None:
    """Delete the functions, so that none writes into an emptied bucket, and none stays running on ministack."""
    functions = aws.client(loop, "lambda")
    for function in names:
        with suppress(functions.exceptions.ResourceNotFoundException):  # deleted by an interrupted removal
            functions.delete_function(FunctionName=function)


def _empty_buckets(loop: Loop, names: list[str]) -> None:
    """Delete every version of every object: CloudFormation deletes only empty buckets."""
    s3 = aws.client(loop, "s3")
    for bucket in names:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
            if objects:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})


def _resources(loop: Loop, kind: str) -> list[str]:
    """The physical names of the stacks' remaining resources of one type."""
    cloudformation = aws.client(loop, "cloudformation")
    return [
        resource["PhysicalResourceId"]
        for stack in loop.settings.stacks
        if aws.stack(cloudformation, stack) is not None
        for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == kind and resource["ResourceStatus"] != "DELETE_COMPLETE"
    ]
