"""What a machine may lack that some tests need: they are skipped, and the run ends with what brings each."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from bench.review_sets import review_sets

if TYPE_CHECKING:
    from pathlib import Path

REVIEW_SETS = "no review sets but the built-in one: make test SENTIMENT_SHARED=... (docs/settings.md)"


def redis_server() -> str:
    """Return the program; skip the test where there is none."""
    return _program("redis-server", package="redis-server")


def chromium() -> str:
    """Return the browser; skip the test where there is none."""
    return _program("chromium", "chromium-browser", "google-chrome", package="chromium")


def published_reviews() -> Path:
    """Return the folder of the review sets; skip the test where there is none."""
    folder = review_sets()
    if folder is None:
        pytest.skip(REVIEW_SETS)
    return folder


def _program(*names: str, package: str) -> str:
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no {names[0]}: sudo apt-get install -y {package}, or this system's package of it")
    return found
