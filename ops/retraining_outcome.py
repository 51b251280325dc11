"""What came of a retraining run, from the outcomes that its steps keep in the artifacts bucket."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from local.errors import LocalError
from ops import aws

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from local.loop import Loop

_STEPS = ("ingest", "clone_hyperparameters", "build_frame", "train", "evaluate", "decide", "promote")


@dataclass(frozen=True)
class Outcome:
    """What a run came to: a sentence, and the version that it had served, if it did."""

    sentence: str
    version: str | None


def read(loop: Loop, bucket: str, run_id: str) -> Outcome:
    """Read what the steps of a run kept.

    Raises:
        LocalError: What a step kept is damaged.
    """
    s3 = aws.client(loop, "s3")
    results: dict[str, dict[str, Any]] = {}
    for step in _STEPS:
        outcome = _kept(s3, bucket, f"retraining/{run_id}/{step}.json")
        if outcome is None:
            # A promotion that broke off may have been written already.
            served = "GET /model tells which version is served" if step == "promote" else "production stays as it was"
            return Outcome(f"Run {run_id} kept no outcome of {step}: {served}.", None)
        if outcome["state"] != "done":
            return Outcome(f"{str(outcome['state']).capitalize()}: {outcome['reason']}", None)
        results[step] = outcome["result"]
    decided, promoted = results["decide"], results["promote"]
    sentence = f"{str(decided['outcome']).capitalize()}: {decided['summary']}"
    if promoted["outcome"] != "promoted":
        kept = "" if decided["outcome"] == "rejected" else f" {promoted['reason']}"
        stays = f"Version {promoted['version']} stays." if promoted["version"] else "Nothing is served."
        return Outcome(f"{sentence}{kept} {stays}", None)
    return Outcome(f"{sentence} Version {promoted['version']} is promoted.", promoted["version"])


def _kept(s3: S3Client, bucket: str, key: str) -> dict[str, Any] | None:
    try:
        content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return None
        raise
    try:
        kept = json.loads(content)
    except ValueError as error:
        raise _damaged(bucket, key) from error
    if not isinstance(kept, dict) or "state" not in kept:
        raise _damaged(bucket, key)
    return kept


def _damaged(bucket: str, key: str) -> LocalError:
    return LocalError(f"s3://{bucket}/{key} is damaged.", remedy="FORCE=1 make retrain")
