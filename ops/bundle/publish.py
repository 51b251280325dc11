"""Uploads the bundle of this checkout to the bucket of a loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.bundle_layout import PLUGINS, REQUIREMENTS, STARTUP
from ops import aws, outputs
from ops.bundle.build import build
from ops.bundle.sync import sync

if TYPE_CHECKING:
    from local.loop import Loop


def publish(loop: Loop, found: dict[str, str]) -> list[str]:
    """Build the bundle for a deployment and synchronise it. Returns the changed keys."""
    return sync(aws.client(loop, "s3"), found["MwaaBucket"], build(outputs.for_tasks(loop, found)))


def upload(loop: Loop) -> None:
    """`make bundle`: publish, and print what changed.

    Raises:
        LocalError: Nothing is deployed.
    """
    aws.check_access(loop, "bundle")
    found = outputs.require(loop, "MwaaBucket")
    with loop.terminal.step("Upload the Airflow bundle", key="bundle", usual_s=3) as step:
        changed = publish(loop, found)
        step.detail = f"s3://{found['MwaaBucket']}: {', '.join(changed) or 'nothing changed'}"
    if set(changed) & {PLUGINS, REQUIREMENTS, STARTUP}:
        loop.terminal.note("Airflow loads new code only when it starts: run make up.")
