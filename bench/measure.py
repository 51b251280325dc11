"""`python -m bench.measure MODULE FILE`: run one benchmark, and write its rows to a file as JSON.

Each benchmark has a process of its own: none measures what an earlier one has imported, and one that fails, or that the
system kills, takes no other with it.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment.interruption import interruptible

if TYPE_CHECKING:
    from bench.row import Row


def main(module: str, file: str) -> None:
    """Run a module's `run() -> list[Row]`."""
    rows: list[Row] = importlib.import_module(module).run()
    Path(file).write_text(json.dumps([row.as_json() for row in rows]))


if __name__ == "__main__":
    with interruptible():
        main(*sys.argv[1:])
