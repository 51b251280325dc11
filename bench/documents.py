"""`python -m bench.documents`: write the recorded numbers into docs/benchmarks.md, its picture and the README."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import plot, report, results
from bench.processes import PROJECT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any


def texts(recorded: Mapping[str, Any]) -> dict[Path, str]:
    """Return each document with its numbers replaced by the recorded ones."""
    generated = {"README.md": report.readme_table(recorded), "docs/benchmarks.md": report.all_tables(recorded)}
    return {PROJECT / name: report.replaced((PROJECT / name).read_text(), text) for name, text in generated.items()}


def write() -> None:
    """Write the documents and the picture."""
    recorded = results.read(results.RECORD)
    for document, text in texts(recorded).items():
        document.write_text(text)
    plot.save(PROJECT / "docs" / "benchmarks.svg", recorded)


if __name__ == "__main__":
    write()
