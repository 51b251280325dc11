"""`make destroy`: the stacks go from their target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local import deploy, outputs
from local.settings import Target

if TYPE_CHECKING:
    from local.loop import Loop

_WHAT_GOES = {
    True: "the API, its functions, and every bucket and table with all that they hold, for good",
    False: "the API and its functions; buckets, tables and the rater key are kept",
}


def remove_stacks(loop: Loop, *, agreed: bool) -> None:
    """Say what will go, ask, and remove the stacks.

    Raises:
        LocalError: There is nobody to ask, or a stack could not be removed.
    """
    emulated = loop.settings.target is not Target.AWS
    stacks = f"{loop.settings.data_stack} and {loop.settings.serving_stack}"
    loop.terminal.note(f"{stacks} go: {_WHAT_GOES[emulated]}.")
    if not agreed and not loop.terminal.agrees("Remove it?", remedy="YES=1 make destroy"):
        loop.terminal.note("Nothing was removed.")
        return
    with loop.terminal.step("Remove the stacks", key="destroy", usual_s=30) as step:
        if emulated:
            _empty_buckets(loop)
        deploy.destroy(loop, step)


def _empty_buckets(loop: Loop) -> None:
    """CloudFormation deletes no bucket that holds an object or a version of one."""
    s3 = outputs.client(loop, "s3")
    cloudformation = outputs.client(loop, "cloudformation")
    data_stack = loop.settings.data_stack
    if outputs.stack(cloudformation, data_stack) is None:
        return
    buckets = [
        resource["PhysicalResourceId"]
        for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=data_stack)
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == "AWS::S3::Bucket"
    ]
    for bucket in buckets:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
            if objects:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
