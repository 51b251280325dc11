"""From this checkout to the bucket of a loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.bundle_layout import PLUGINS, REQUIREMENTS, STARTUP
from local.settings import Target
from ops import aws, outputs
from ops.bundle.build import build
from ops.bundle.sync import sync

if TYPE_CHECKING:
    from local.loop import Loop


def publish(loop: Loop, found: dict[str, str]) -> list[str]:
    """Build the bundle for a deployment and synchronise it. Returns the keys that changed."""
    return sync(aws.client(loop, "s3"), found["MwaaBucket"], build(outputs.for_tasks(loop, found)))


def upload(loop: Loop) -> None:
    """`make bundle`: publish, and tell what changed.

    Raises:
        LocalError: Nothing is deployed.
    """
    aws.check_access(loop, "bundle")
    found = outputs.require(loop, "MwaaBucket")
    with loop.terminal.step("Upload what Airflow runs", key="bundle", usual_s=3):
        changed = publish(loop, found)
    loop.terminal.note(f"s3://{found['MwaaBucket']}: {', '.join(changed) or 'nothing changed'}.")
    if set(changed) & {PLUGINS, REQUIREMENTS, STARTUP}:
        on_aws = loop.settings.target is Target.AWS
        loop.terminal.note(f"Airflow loads new code when it starts: {'make deploy' if on_aws else 'make up'}.")
