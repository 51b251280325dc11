"""Where the public review sets are that may not ship with the project."""

from __future__ import annotations

import os
from pathlib import Path

from bench.processes import PROJECT


def review_sets() -> Path | None:
    """Return the folder `data` in `SENTIMENT_SHARED` (by default `shared` beside the checkout); None if missing."""
    folder = os.environ.get("SENTIMENT_SHARED") or PROJECT.parent / "shared"
    data = Path(folder) / "data"
    return data if data.is_dir() else None
