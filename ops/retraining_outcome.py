"""How a retraining run ended, from its steps' outcomes in the artifacts bucket."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from local.errors import LocalError
from ops import aws
from training.retraining.steps import DECIDE, PROMOTE, STEPS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from local.loop import Loop

_UP_TO_PROMOTION = STEPS[: STEPS.index(PROMOTE) + 1]


@dataclass(frozen=True)
class Outcome:
    """How a run ended, in a sentence, and the version that it promoted, if any."""

    sentence: str
    version: str | None


def read(loop: Loop, bucket: str, run_id: str) -> Outcome:
    """Read the outcomes of a run's steps.

    Raises:
        LocalError: An outcome is damaged.
    """
    s3 = aws.client(loop, "s3")
    results: dict[str, dict[str, Any]] = {}
    for step in _UP_TO_PROMOTION:
        outcome = _outcome(s3, bucket, f"retraining/{run_id}/{step.name}.json")
        if outcome is None:
            # A promotion that was interrupted may have changed production already.
            served = "GET /model says which version is served" if step is PROMOTE else "production is unchanged"
            return Outcome(f"Run {run_id} has no outcome of {step.name}: {served}.", None)
        if outcome["state"] != "done":
            return Outcome(f"{str(outcome['state']).capitalize()}: {outcome['reason']}", None)
        results[step.name] = outcome["result"]
    decided, promoted = results[DECIDE.name], results[PROMOTE.name]
    sentence = f"{str(decided['outcome']).capitalize()}: {decided['summary']}"
    if promoted["outcome"] != "promoted":
        why = "" if decided["outcome"] == "rejected" else f" {promoted['reason']}"
        stays = f"Version {promoted['version']} stays." if promoted["version"] else "Nothing is served."
        return Outcome(f"{sentence}{why} {stays}", None)
    return Outcome(f"{sentence} Version {promoted['version']} is promoted.", promoted["version"])


def _outcome(s3: S3Client, bucket: str, key: str) -> dict[str, Any] | None:
    try:
        content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return None
        raise
    try:
        outcome = json.loads(content)
    except ValueError as error:
        raise _damaged(bucket, key) from error
    if not isinstance(outcome, dict) or "state" not in outcome:
        raise _damaged(bucket, key)
    return outcome


def _damaged(bucket: str, key: str) -> LocalError:
    return LocalError(f"s3://{bucket}/{key} is damaged.", remedy="FORCE=1 make retrain")
