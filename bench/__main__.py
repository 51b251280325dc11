"""`python -m bench [--record] [NAME...]`: run the benchmarks, print one table, keep what was measured in a file.

That is `bench/measured.json`, this machine's own; with `--record` it is `bench/results.json`, which the README shows.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from bench import provenance
from local.environment import TOOL_SETTINGS
from sentiment.files import written_whole
from sentiment.interruption import interruptible

if TYPE_CHECKING:
    from bench.row import Row

# In this order: the quick ones first, the whole loop last. Each has `run() -> list[Row]`.
BENCHMARKS = {
    "scoring": "bench.model.scoring",
    "quality": "bench.model.quality",
    "scale": "bench.model.scale",
    "gate": "bench.model.gate",
    "poisoning": "bench.model.poisoning",
    "function": "bench.serving.function",
    "product": "bench.serving.product",
    "features": "bench.features.frame",
    "retraining": "bench.retraining",
    "loop": "bench.loop",
}

RESULTS = Path(__file__).parent / "results.json"
MEASURED = Path(__file__).parent / "measured.json"

console = Console()


def main(arguments: list[str]) -> int:
    """Run the named benchmarks (all without a name); return 1 if a number to reach was not reached."""
    names = [argument for argument in arguments if argument != "--record"]
    file = MEASURED if names == arguments else RESULTS
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        console.print(f"No benchmark named {', '.join(unknown)}: there are {', '.join(BENCHMARKS)}.")
        return 2
    measured: dict[str, list[Row]] = {}
    for name in names or list(BENCHMARKS):
        console.print(f"[bold]{name}[/bold] …")
        code = provenance.code()  # before: a benchmark takes minutes, in which others may commit
        measured[name] = importlib.import_module(BENCHMARKS[name]).run()
        _write(file, name, measured[name], code)  # at once: what comes after may fail, and some take an hour
    console.print(_table(measured))
    console.print(f"Written to {file.relative_to(file.parents[1])}.")
    missed = [row for rows in measured.values() for row in rows if row.reached is False]
    for row in missed:
        console.print(f"[red]not reached:[/red] {row.name}: {_number(row.measured)} {row.unit}")
    return 1 if missed else 0


def _table(measured: dict[str, list[Row]]) -> Table:
    table = Table("what", "measured", "reach", "unit", "", "beside (same run)", "note")
    for rows in measured.values():
        for row in rows:
            mark = {True: "[green]reached[/green]", False: "[red]missed[/red]", None: ""}[row.reached]
            sign = "≤" if row.better == "lower" else "≥"
            reach = "" if row.reach is None else f"{sign} {_number(row.reach)}"
            peers = "\n".join(f"{name} {_number(value)}" for name, value in row.peers.items())
            table.add_row(row.name, _number(row.measured), reach, row.unit, mark, peers, row.note)
        table.add_section()
    return table


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004 - three digits say enough


def _write(file: Path, name: str, rows: list[Row], code: dict[str, Any]) -> None:
    """Write one benchmark's results; the others keep their earlier ones, under their own date and commit."""
    results: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    results[name] = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "code": code,
        "machine": provenance.machine(),
        "rows": [row.as_json() for row in rows],
    }
    with written_whole(file) as whole:
        whole.write((json.dumps(results, indent=1, ensure_ascii=False) + "\n").encode())


if __name__ == "__main__":
    os.environ.update(TOOL_SETTINGS)
    with interruptible():
        sys.exit(main(sys.argv[1:]))
