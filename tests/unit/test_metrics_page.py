"""docs/metrics.md lists exactly the metrics that there are."""

from __future__ import annotations

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_has_the_table_of_todays_metrics() -> None:
    page = runpy.run_path(str(DOCS / "metrics.py"))["page"]
    assert (DOCS / "metrics.md").read_text() == page(), "write it again: .venv/bin/python -m docs.metrics"
