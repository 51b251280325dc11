"""Docker Compose, for tests."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def compose() -> str:
    """The binary of Compose v2; the wrapper that comes with it hides its exit code."""
    package = find_spec("compose")
    assert package is not None
    assert package.submodule_search_locations is not None
    return str(Path(package.submodule_search_locations[0]) / "docker-compose")
