"""What an execution environment does first when it begins from a snapshot, as with SnapStart, instead of a start.

All environments that begin from one snapshot have the same memory: the state of `random`, and a model that was in
production when the snapshot was taken. Their monotonic clocks do not know how long ago that was.

https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from snapshot_restore_py import register_after_restore

if TYPE_CHECKING:
    from collections.abc import Callable


def after_restore(*actions: Callable[[], object]) -> None:
    """Seed `random`, and do the actions, before the first call after a restore."""
    for action in (random.seed, *actions):
        register_after_restore(action)
