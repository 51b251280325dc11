"""Where the review sets lie that may not ship with the project."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


def review_sets() -> Path | None:
    """Return the folder `data` in `SENTIMENT_SHARED` (unless set: in `shared` beside the checkout); None if absent."""
    folder = os.environ.get("SENTIMENT_SHARED") or PROJECT.parent / "shared"
    data = Path(folder) / "data"
    return data if data.is_dir() else None
