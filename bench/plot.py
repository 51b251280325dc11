"""`docs/benchmarks.svg`: measured numbers as bars, with what people would use instead and the number to reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bench.report import SHORT, amount, limit, row_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from matplotlib.axes import Axes

    from bench.row import Row

PANELS = (
    ("Macro-F1, unseen sources", "quality", "macro-F1, sample, each source left out"),
    ("One prediction", "scoring", "median review of the sample"),
    ("F1 of a million reviews", "scale", "F1, held-out reviews"),
    ("Function: cold start", "function", "import and load, with its AWS clients"),
    ("Function: size", "function", "size, unzipped"),
    ("Function: memory", "function", "memory"),
    ("Training on a million", "scale", "time"),
    ("Training: peak memory", "scale", "peak memory, all processes"),
    ("Product statistics", "product", "added to the p50 of a request"),
    ("Frame of a million", "features", "1,000,000 reviews"),
    ("Frame: peak memory", "features", "1,000,000 reviews, peak memory"),
    ("Trigger to run id", "retraining", "trigger to a run id, by invoke_rest_api"),
)
COLUMNS = 3
OURS, PEER, LIMIT, INK = "#0072b2", "#b4bbc2", "#b34700", "#1b1b1b"
TEXT, TITLE = 12, 13
LABELS_AT, VALUES_AT = -0.85, 1.5
"""Where names start and values end, as shares of the width of a panel's bars."""


def draw(results: Mapping[str, Any]) -> Figure:
    """Return a panel for each measured number."""
    panels = [(title, row_of(results, benchmark, name)) for title, benchmark, name in PANELS]
    lines = [panels[first : first + COLUMNS] for first in range(0, len(panels), COLUMNS)]
    most = [max(1 + len(row.peers) for _, row in line) for line in lines]
    figure = Figure(figsize=(12, 0.6 * len(lines) + 0.32 * sum(most) + 0.6))
    grid = figure.subplots(len(lines), COLUMNS, gridspec_kw={"height_ratios": most})
    figure.subplots_adjust(left=0.127, right=0.919, top=0.95, bottom=0.07, wspace=1.5, hspace=0.5)
    for line, bars, row_of_axes in zip(lines, most, grid, strict=True):
        for (title, row), axes in zip(line, row_of_axes, strict=True):
            axes.set_ylim(bars - 0.5, -0.5)
            _panel(axes, title, row)
    figure.legend(
        handles=[
            Patch(color=OURS, label="Sentiment Loop"),
            Patch(color=PEER, label="what people would use instead"),
            Line2D([], [], color=LIMIT, ls="--", lw=2, label="to reach"),
        ],
        loc="lower center",
        ncols=3,
        frameon=False,
        fontsize=TITLE,
    )
    return figure


def _panel(axes: Axes, title: str, row: Row) -> None:
    bars = {"ours": row.measured, **{SHORT.get(peer, peer): value for peer, value in row.peers.items()}}
    longest = max(*bars.values(), row.reach or 0)
    axes.set_xlim(0, longest)
    axes.set_axis_off()
    axes.barh(range(len(bars)), list(bars.values()), color=[OURS, *[PEER] * len(row.peers)], height=0.66)
    if row.reach is not None:
        axes.plot((row.reach, row.reach), (-0.5, len(bars) - 0.5), color=LIMIT, ls="--", lw=2, clip_on=False)
    looks: dict[str, Any] = {"color": INK, "va": "center"}
    for place, (name, value) in enumerate(bars.items()):
        weight = "normal" if place else "bold"
        axes.text(LABELS_AT * longest, place, name, size=TEXT, weight=weight, **looks)
        axes.text(VALUES_AT * longest, place, amount(value, row.unit), size=TEXT, weight=weight, ha="right", **looks)
    axes.text(LABELS_AT * longest, -0.95, title, size=TITLE, weight="bold", **looks)
    axes.text(VALUES_AT * longest, -0.95, limit(row), size=TEXT, color=LIMIT, ha="right", va="center")


def save(file: Path, results: Mapping[str, Any]) -> None:
    """Write the picture; the same results give the same bytes."""
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "benchmarks", "font.family": "DejaVu Sans"}):
        draw(results).savefig(file, metadata={"Date": None, "Creator": None, "Title": "Benchmarks"})
