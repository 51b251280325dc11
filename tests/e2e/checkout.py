"""A copy of the checkout that can be deployed with a change."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from tests.e2e.loop import ROOT

if TYPE_CHECKING:
    from pathlib import Path

INSTALLED = (".venv", ".emulator", "node_modules", ".build")
"""The environments, and the functions as they were packaged for the loop that the suite has deployed before."""
ROUTE = 'Route("GET", "/health", inference.called, needs_key=False),'
HANDLER = """

@router.get("/added")
async def added() -> Response:
    return Response('{"added": true}', media_type="application/json")
"""


def copied_to(folder: Path) -> Path:
    """Copy the tracked files with their current content, and link what was installed and built."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.split("\0"):
        if name and (ROOT / name).is_file():  # deleted files are still listed
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    for name in INSTALLED:
        (folder / name).symlink_to(ROOT / name)
    return folder


def with_one_more_route(checkout: Path) -> Path:
    """Add GET /added without a key: a route of the gateway, and its handler in the function."""
    stack = checkout / "infra_cdk" / "serving_stack.py"
    before = stack.read_text()
    assert before.count(ROUTE) == 1
    stack.write_text(before.replace(ROUTE, f"{ROUTE}\n{ROUTE.replace('/health', '/added')}"))
    with (checkout / "lambdas" / "inference" / "docs.py").open("a") as routes:
        routes.write(HANDLER)
    return checkout


def with_allowed_origin(checkout: Path, origin: str) -> Path:
    """Let the web pages of an origin call the API."""
    file = checkout / "cdk.json"
    app = json.loads(file.read_text())
    app["context"]["allowed_origins"] = origin
    file.write_text(json.dumps(app))
    return checkout
