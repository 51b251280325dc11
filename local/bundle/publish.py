"""From this checkout to the bucket of a loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local import aws, outputs
from local.bundle.build import build
from local.bundle.sync import sync

if TYPE_CHECKING:
    from local.loop import Loop


def publish(loop: Loop, found: dict[str, str]) -> list[str]:
    """Build the bundle for a deployment and synchronise it. Returns the keys that changed."""
    return sync(aws.client(loop, "s3"), found["MwaaBucket"], build(outputs.for_tasks(loop, found)))
