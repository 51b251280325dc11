"""The documents show the numbers of `bench/results.json`, in tables that fit 80 columns."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.console import Console

from bench import documents, plot, report, results

ROOT = Path(__file__).parents[2]
RECORDED = results.read(results.RECORD)
NUMBER = re.compile(r"-?\d+\.\d+")
WRITE = "write them again: .venv/bin/python -m bench.documents"


@pytest.mark.parametrize("document", documents.texts(RECORDED), ids=lambda path: path.name)
def test_a_document_shows_the_recorded_numbers(document: Path) -> None:
    assert document.read_text() == documents.texts(RECORDED)[document], WRITE


def test_the_picture_shows_the_recorded_numbers(tmp_path: Path) -> None:
    plot.save(tmp_path / "benchmarks.svg", RECORDED)
    drawn, kept = ((folder / "benchmarks.svg").read_text() for folder in (tmp_path, ROOT / "docs"))
    assert NUMBER.sub("", drawn) == NUMBER.sub("", kept), WRITE
    # Other processors may round the last digit differently.
    assert [float(number) for number in NUMBER.findall(drawn)] == pytest.approx(
        [float(number) for number in NUMBER.findall(kept)], abs=0.01
    )


def test_the_tables_fit_80_columns() -> None:
    console = Console(width=report.WIDTH)
    with console.capture() as terminal:
        console.print(report.tables({name: report.rows_of(section) for name, section in RECORDED.items()}))
    texts = (terminal.get(), report.all_tables(RECORDED), report.readme_table(RECORDED))
    lines = [line for text in texts for line in text.splitlines()]
    assert [line for line in lines if len(line) > report.WIDTH or "…" in line] == []


def test_only_what_is_between_the_markers_is_replaced() -> None:
    text = "before\n<!-- benchmarks -->\nold\n<!-- end of benchmarks -->\nafter\n"
    assert report.replaced(text, "new") == ("before\n<!-- benchmarks -->\n\nnew\n\n<!-- end of benchmarks -->\nafter\n")
