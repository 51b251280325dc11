"""The measured numbers as tables: in the terminal, in docs/benchmarks.md and in the README."""

from __future__ import annotations

import re
from textwrap import fill
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from bench.results import BENCHMARKS
from bench.row import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rich.console import RenderableType

WIDTH = 80


SHORT = {
    "the same model in scikit-learn": "scikit-learn",
    "TF-IDF + LR in scikit-learn": "TF-IDF + LR",
    "fastText, bigrams": "fastText",
    "LinearSVC, TF-IDF": "TF-IDF + SVC",
    "LR, TF-IDF": "TF-IDF + LR",
    "TfidfVectorizer + LogisticRegression": "TF-IDF + LR",
    "HashingVectorizer + SGDClassifier": "hashing + SGD",
    "scikit-learn + joblib": "scikit-learn",
    "Feast's get_online_features": "Feast",
    "Feast's DuckDB store": "Feast, DuckDB",
    "Airflow's command line, by the same API": "Airflow's CLI",
}
"""What peers are called beside other numbers."""
SHIPPED = ("scikit-learn + joblib", "onnxruntime")
README: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("macro-F1, unseen sources", "quality", "macro-F1, sample, each source left out", ("LR, TF-IDF", "VADER")),
    ("prediction", "scoring", "median review of the sample", ("the same model in scikit-learn", "VADER")),
    ("`POST /predict`, p50", "loop", "POST /predict through the gateway, p50", ()),
    ("cold start", "function", "import and load, with its AWS clients", SHIPPED),
    ("function: size", "function", "size, unzipped", SHIPPED),
    ("clone to first answer", "loop", "fresh clone to first answer (make up)", ()),
)
"""A row of the README: its label, the benchmark, its row, and the peers beside it."""


def tables(measured: Mapping[str, list[Row]]) -> Group:
    """Return a table for each benchmark, for a terminal of 80 columns or more."""
    return Group(*(part for name, rows in measured.items() for part in _table(BENCHMARKS[name].title, rows)))


def _table(title: str, rows: list[Row]) -> Iterator[RenderableType]:
    table = Table(title, box=None, pad_edge=False)
    for heading in ("measured", "to reach"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        colour = {True: "green", False: "red", None: ""}[row.reached]
        table.add_row(row.name, amount(row.measured, row.unit), Text(_limit_or_miss(row), colour))
        for peer, value in row.peers.items():
            table.add_row(Text(f"  {peer}", "dim"), Text(amount(value, row.unit), "dim"))
    yield table
    for note in _notes(rows):
        yield Text(note, "dim")
    yield ""


def amount(value: float, unit: str) -> str:
    """Return a number of three digits, with its unit."""
    number = f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004 - no exponents
    return f"{number} {unit}".strip()


def limit(row: Row) -> str:
    """Return what is to be reached, or nothing."""
    if row.reach is None:
        return ""
    return f"{'≤' if row.better == 'lower' else '≥'} {amount(row.reach, row.unit)}"


def rows_of(section: Mapping[str, Any]) -> list[Row]:
    """Return a benchmark's rows from its results."""
    return [Row(**{name: value for name, value in row.items() if name != "reached"}) for row in section["rows"]]


def row_of(results: Mapping[str, Any], benchmark: str, name: str) -> Row:
    """Return a benchmark's row by its name."""
    return next(row for row in rows_of(results[benchmark]) if row.name == name)


def all_tables(results: Mapping[str, Any]) -> str:
    """Return the generated part of docs/benchmarks.md: a table for each benchmark, in lines of at most 80 columns.

    A benchmark that is newer than the record has none yet.
    """
    recorded = (_section(name, rows_of(results[name])) for name in BENCHMARKS if name in results)
    return "\n\n".join([_provenance(results), *recorded])


def _provenance(results: Mapping[str, Any]) -> str:
    commits = sorted({(section.get("code") or {"commit": None})["commit"] or "unknown" for section in results.values()})
    days = sorted({section["measured_at"][:10] for section in results.values()})
    machine = results["loop"]["machine"]
    return fill(
        f"Measured {' to '.join(sorted({days[0], days[-1]}))} at {', '.join(commit[:7] for commit in commits)}: "
        f"{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}, {machine['system']}.",
        WIDTH,
        break_on_hyphens=False,
    )


def _section(name: str, rows: list[Row]) -> str:
    lines = [f"### {BENCHMARKS[name].title}", "", f"`make bench BENCH={name}`", ""]
    lines += _markdown(("", "measured", "to reach"), _lines(rows))
    return "\n".join([*lines, "", *_notes(rows)]).rstrip()


def _lines(rows: list[Row]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        yield f"**{row.name}**", amount(row.measured, row.unit), _limit_or_miss(row)
        for peer, value in row.peers.items():
            yield peer, amount(value, row.unit), ""


def _limit_or_miss(row: Row) -> str:
    return limit(row) + (" (missed)" if row.reached is False else "")


def _notes(rows: list[Row]) -> list[str]:
    named: dict[str, list[str]] = {}
    for row in rows:
        if row.note:
            named.setdefault(row.note, []).append(row.name)
    return [
        fill(f"- {first}{f' (and {len(others)} more)' if others else ''}: {note}", WIDTH, subsequent_indent="  ")
        for note, (first, *others) in named.items()
    ]


def readme_table(results: Mapping[str, Any]) -> str:
    """Return the README's table: what a user asks for first, beside what they would use instead."""
    names = SHORT | {"onnxruntime": "ONNX"}
    lines = []
    for label, benchmark, name, peers in README:
        row = row_of(results, benchmark, name)
        instead = ", ".join(f"{names.get(peer, peer)} {amount(row.peers[peer], row.unit)}" for peer in peers)
        lines.append((label, amount(row.measured, row.unit), _limit_or_miss(row), instead))
    return "\n".join(_markdown(("", "measured", "to reach", "what people would use instead"), lines))


def _markdown(heading: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> list[str]:
    dashes = ["---:" if name in {"measured", "to reach"} else "---" for name in heading]
    return [f"| {' | '.join(cells)} |" for cells in (heading, dashes, *lines)]


def replaced(text: str, generated: str) -> str:
    """Return a document's text with what is between `<!-- benchmarks -->` and `<!-- end of benchmarks -->` replaced."""
    between = re.compile(r"(?<=<!-- benchmarks -->\n).*(?=<!-- end of benchmarks -->)", re.DOTALL)
    return between.sub(lambda _: f"\n{generated}\n\n", text)
