"""A disk that is full, told from every other reason why something failed. Standard library only."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FULL_BELOW_BYTES = 20_000_000
_SAID = re.compile(r"No space left on device|Disk quota exceeded|database or disk is full|ENOSPC|EDQUOT")


def remedy_when_full(folders: Iterable[Path], said: str = "") -> str | None:
    """What to do about a full disk; None when none is full.

    Args:
        folders: Where the failed command writes; those for temporary files and for package caches are looked at, too.
        said: What the command said: a quota that is used up shows there only.
    """
    places = [*(folder for folder in folders if folder.exists()), Path(tempfile.gettempdir()), Path("~").expanduser()]
    full = next((place for place in places if shutil.disk_usage(place).free < FULL_BELOW_BYTES), None)
    if full is None and not _SAID.search(said):
        return None
    place = full or places[0]
    return f"The disk is full: df -h '{place}' shows it; free some, then run the same command again"
