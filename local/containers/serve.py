"""Becomes one of the loop's servers: `python -m local.containers.serve FILE NAME`.

The deployment writes the file with the command and the environment of each server. What the container's environment
sets has the last word. Standard library only.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def main(file: str, name: str) -> None:
    """Replace this process by the server."""
    program = json.loads(Path(file).read_text())[name]
    command: list[str] = program["command"]
    sys.stdout.flush()
    os.execvpe(command[0], command, {**program["environment"], **os.environ})  # noqa: S606 (no shell is wanted)


if __name__ == "__main__":
    main(*sys.argv[1:])
