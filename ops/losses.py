"""What data the loop had, and what of it is gone: said by the next `make up`, which would just deploy an empty loop."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from local.files import read_object, write_whole
from ops import aws

if TYPE_CHECKING:
    from pathlib import Path

    from local.loop import Loop

_TABLES = {
    "PredictionsTable": "predictions",
    "FeedbackTable": "feedback",
    "QualityTable": "quality counters",
    "AuditTable": "what waits for reviewers",
}
_EXPIRING = ("PredictionsTable", "AuditTable")
_BUCKETS = {"LakeBucket": "reviews in the lake", "ArtifactsBucket": "models"}
_WHAT = _TABLES | _BUCKETS
"""What is in the table or bucket of each output; product statistics can be made from the lake again."""


def remember(loop: Loop, found: dict[str, str]) -> None:
    """Record which stack has the data, and which of its tables and buckets hold any."""
    stack = aws.stack(aws.client(loop, "cloudformation"), loop.settings.data_stack)
    if stack:
        holding = {output: found[output] for output in _WHAT if _holds_any(loop, output, found[output])}
        record = {"stack": stack["StackId"], "since": f"{stack['CreationTime']:%Y-%m-%d %H:%M}", "holding": holding}
        write_whole(_record(loop), json.dumps(record, indent=2) + "\n")


def find(loop: Loop) -> list[str]:
    """Name what is gone, each with the reason; nothing when all that was recorded is there."""
    record = read_object(_record(loop))
    if not record:
        return []
    name = loop.settings.data_stack
    stack = aws.stack(aws.client(loop, "cloudformation"), name)
    if stack is None or stack["StackId"] != record["stack"]:
        what = ", ".join(_WHAT.values())
        lost = f"all data of this loop since {record['since']} UTC ({what})"
        return [f"{lost}, because its stack {name} is not there any more. This starts an empty loop."]
    return [
        f"{_WHAT[output]}: {resource} is empty, or not there any more."
        for output, resource in record["holding"].items()
        if not _holds_any(loop, output, resource)
    ]


def forget(loop: Loop) -> None:
    """Expect no data, because it is about to be removed on purpose."""
    _record(loop).unlink(missing_ok=True)


def _holds_any(loop: Loop, output: str, resource: str) -> bool:
    if output in _TABLES:
        dynamodb = aws.client(loop, "dynamodb")
        try:
            return bool(dynamodb.scan(TableName=resource, Limit=1, Select="COUNT")["Count"]) or output in _EXPIRING
        except dynamodb.exceptions.ResourceNotFoundException:
            return False
    s3 = aws.client(loop, "s3")
    try:
        return bool(s3.list_objects_v2(Bucket=resource, MaxKeys=1)["KeyCount"])
    except s3.exceptions.NoSuchBucket:
        return False


def _record(loop: Loop) -> Path:
    return loop.state_dir / "data.json"
