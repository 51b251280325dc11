"""Tells whether a failure was caused by a full disk. Standard library only."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FULL_BELOW_BYTES = 20_000_000
_FULL = re.compile(r"No space left on device|database or disk is full")
_QUOTA = re.compile(r"Disk quota exceeded")
_FREE_SPACE = "free some space"
_AGAIN = "then run the same command again"


def remedy_when_full(folders: Sequence[Path], output: str = "") -> str | None:
    """Return what to do about a full disk; None when none is full.

    Args:
        folders: Where the failed command writes. The temporary folder and the home folder, which holds package
            caches, are checked too.
        output: What the failed command printed.
    """
    temporary = os.environ.get("TMPDIR") or "/tmp"  # noqa: S108 (`tempfile.gettempdir` needs a folder with room)
    home = os.path.expanduser("~")  # noqa: PTH111 (`Path.home` raises where there is none)
    places = [*folders, Path(temporary), Path(home)]
    full = next((place for place in places if _free_bytes(place) < FULL_BELOW_BYTES), None)
    if full is None and _FULL.search(output):
        full = folders[0]
    if full is not None:
        return f"The disk is full: {_FREE_SPACE} (see df -h {shlex.quote(str(full))}), {_AGAIN}"
    return f"Your disk quota is exceeded: {_FREE_SPACE}, {_AGAIN}" if _QUOTA.search(output) else None


def _free_bytes(place: Path) -> float:
    """Free bytes; infinite where nothing can be written anyway, as in /proc."""
    try:
        usage = shutil.disk_usage(place)
    except OSError:
        return float("inf")
    return usage.free if usage.total and os.access(place, os.W_OK) else float("inf")
