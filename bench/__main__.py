"""`python -m bench [--record] [NAME...]`: run the benchmarks, and print one table.

The numbers go to `bench/measured.json`, this machine's own. With `--record` they become the record that the documents
show, once every benchmark has been measured at the same commit without uncommitted changes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.console import Console

from bench import documents, report, results
from bench.processes import PROJECT
from local.environment import TOOL_SETTINGS
from sentiment.interruption import interruptible

if TYPE_CHECKING:
    from bench.row import Row

WRONG_ARGUMENTS = 2

console = Console()


def main(arguments: list[str]) -> int:
    """Run the named benchmarks, or all; return 1 if one failed, missed a number, or could not be recorded."""
    names = [argument for argument in arguments if argument != "--record"] or list(results.BENCHMARKS)
    recording = "--record" in arguments
    if unknown := [name for name in names if name not in results.BENCHMARKS]:
        console.print(f"No benchmark named {', '.join(unknown)}. Choose from {', '.join(results.BENCHMARKS)}.")
        return WRONG_ARGUMENTS
    if recording and (obstacle := results.obstacle(names)):
        console.print(f"[red]Cannot record:[/red] {obstacle}. Nothing was run.")
        return WRONG_ARGUMENTS
    measured = {name: rows for name in names if (rows := _run(name)) is not None}
    console.print(report.tables(measured))
    missed = [row for rows in measured.values() for row in rows if row.reached is False]
    for row in missed:
        console.print(f"[red]missed:[/red] {row.name}: {report.amount(row.measured, row.unit)}, {report.limit(row)}")
    failed = [name for name in names if name not in measured]
    if failed:
        console.print(f"[red]failed:[/red] {', '.join(failed)}. Run again: make bench BENCH={' '.join(failed)!r}")
    console.print(f"Written to {results.MEASURED.name}.")
    recorded = not recording or _record()
    return 0 if recorded and not missed and not failed else 1


def _run(name: str) -> list[Row] | None:
    """Run a benchmark and keep its rows at once; return None if it failed."""
    console.print(f"[bold]{name}[/bold] …")
    before = results.code()
    with TemporaryDirectory(prefix="sentiment-loop-bench-") as folder:
        file = Path(folder) / "rows.json"
        command = [sys.executable, "-m", "bench.measure", results.BENCHMARKS[name].module, str(file)]
        if subprocess.run(command, cwd=PROJECT, check=False).returncode:
            return None
        rows = report.rows_of({"rows": json.loads(file.read_text())})
    results.keep(name, rows, before if results.code() == before else before._replace(changed=True))
    return rows


def _record() -> bool:
    if obstacle := results.obstacle():
        console.print(f"[red]Not recorded:[/red] {obstacle}. The earlier record is unchanged.")
        return False
    results.record()
    documents.write()
    console.print(f"Recorded in {results.RECORD.name}, docs/benchmarks.md and the README.")
    return True


if __name__ == "__main__":
    os.environ.update(TOOL_SETTINGS)
    with interruptible():
        sys.exit(main(sys.argv[1:]))
