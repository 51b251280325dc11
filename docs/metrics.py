#!/usr/bin/env python
"""The table of all metrics: `.venv/bin/python -m docs.metrics` writes it into `docs/metrics.md`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment.schemas import metrics
from sentiment.schemas.metrics import Metric, WithBounds

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).with_name("metrics.md")
BETWEEN = re.compile(r"(?<=<!-- metrics -->\n).*(?=<!-- end of metrics -->)", re.DOTALL)


def page() -> str:
    """Return the page with the table of today's metrics."""
    return BETWEEN.sub(lambda _: f"\n{_table()}\n\n", PAGE.read_text())


def _table() -> str:
    heading = ["| metric | kind | labels | from | meaning |", "|---|---|---|---|---|"]
    return "\n".join([*heading, *map(_row, _metrics())])


def _metrics() -> Iterator[Metric]:
    for value in vars(metrics).values():
        if isinstance(value, Metric):
            yield value
        elif isinstance(value, WithBounds):
            yield from value


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.writer} | {metric.help} |"


if __name__ == "__main__":
    PAGE.write_text(page())
