"""Programs and data that some tests need: without them, they are skipped with the command that installs them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bench.review_sets import review_sets
from local.monitoring.servers import INSTALLED, PROMTOOL, Server

REVIEW_SETS = "only the built-in review set is installed: make test SENTIMENT_SHARED=... (docs/settings.md)"
EXCEL = "what reads Excel is not installed: .venv/bin/python -m pip install -r requirements/excel.txt"


def redis_server() -> str:
    """Return the path of the program; skip the test without it."""
    return _program("redis-server", package="redis-server")


def program(server: Server) -> str:
    """Return the path of a server of the monitoring; skip the test without it."""
    return _program(*server.commands, package=server.package)


def chromium() -> str:
    """Return the path of the browser; skip the test without one."""
    return _program("chromium", "chromium-browser", "google-chrome", package="chromium")


def monitoring() -> dict[str, Path]:
    """Return the programs of Prometheus and the servers around it; skip the test without one of them."""
    return {server.name: Path(program(server)) for server in INSTALLED} | {PROMTOOL: Path(promtool())}


def promtool() -> str:
    """Return the path of Prometheus' tool; skip the test without it."""
    return _program(PROMTOOL, package="prometheus")


def amtool() -> str:
    """Return the path of Alertmanager's tool; skip the test without it."""
    return _program("amtool", package="prometheus-alertmanager")


def published_reviews() -> Path:
    """Return the folder of the review sets; skip the test without it."""
    folder = review_sets()
    if folder is None:
        pytest.skip(REVIEW_SETS)
    return folder


def _program(*names: str, package: str) -> str:
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"{names[0]} is not installed: sudo apt-get install -y {package}, or this system's package of it")
    return found
