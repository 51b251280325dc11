#!/usr/bin/env python
"""The picture of the loop: `.venv/bin/python docs/loop.py` draws `docs/loop.svg`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, FancyArrowPatch, FancyBboxPatch, Rectangle

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PICTURE = Path(__file__).with_name("loop.svg")
WIDTH, HEIGHT = 1200, 842
TEXT, NAME, HEADING = 12, 13, 15
"""Sizes in points, of which 864 are the width: shown 900 pixels wide, the smallest text is 12.5 pixels high."""

INK, GREY = "#1b1b1b", "#4a4a4a"
PREDICT, LEARN, COLLECT, WATCH = "#0072b2", "#00795c", "#b34700", "#8f3a70"
"""One colour a path, after Okabe and Ito's palette; each path has a heading too."""


class Part(NamedTuple):
    """What the loop consists of, with its name in bold and what it is below."""

    x: float
    y: float
    width: float
    height: float
    name: str
    kind: str
    colour: str
    shape: Literal["box", "cylinder", "pill"] = "box"
    """A service, a store, or what starts a path."""


class Arrow(NamedTuple):
    """A straight arrow, and a text beside it."""

    start: tuple[float, float]
    end: tuple[float, float]
    colour: str
    text: str = ""
    at: tuple[float, float] = (0, 0)
    align: str = "center"


TOP, POINTER, MIDDLE, LOWER, BOTTOM = 112, 266, 410, 598, 772
BANDS = (
    (14, 156, "1  Predict", PREDICT),
    (184, 296, "3  Retrain", LEARN),
    (498, 156, "2  Collect feedback", COLLECT),
    (672, 156, "4  Watch", WATCH),
)
PARTS = (
    Part(96, TOP, 140, 78, "a review", "web page, curl", PREDICT, "pill"),
    Part(288, TOP, 170, 78, "API Gateway", "POST /predict", PREDICT),
    Part(560, TOP, 260, 78, "inference", "Lambda", PREDICT),
    Part(1080, TOP, 190, 92, "predictions", "DynamoDB", PREDICT, "cylinder"),
    Part(412, POINTER, 274, 84, "serving/production.json", "S3", LEARN, "cylinder"),
    Part(708, POINTER, 220, 84, "product statistics", "DynamoDB", LEARN, "cylinder"),
    Part(96, MIDDLE, 140, 78, "you", "or each week", LEARN, "pill"),
    Part(254, MIDDLE, 116, 78, "retrain", "Lambda", LEARN),
    Part(560, MIDDLE, 260, 78, "fast_retrain_dag", "Airflow, MLflow", LEARN),
    Part(792, MIDDLE, 130, 78, "Feast", "last 90 days", LEARN),
    Part(948, MIDDLE, 100, 92, "lake", "S3", LEARN, "cylinder"),
    Part(1110, MIDDLE, 130, 78, "archive", "Lambda", LEARN),
    Part(96, LOWER, 140, 78, "a verdict", "web page, curl", COLLECT, "pill"),
    Part(288, LOWER, 170, 78, "API Gateway", "POST /feedback", COLLECT),
    Part(560, LOWER, 260, 78, "feedback", "Lambda", COLLECT),
    Part(1066, LOWER, 218, 92, "feedback, counters", "DynamoDB", COLLECT, "cylinder"),
    Part(96, BOTTOM, 140, 78, "a retraining", "if quality fell", WATCH, "pill"),
    Part(263, BOTTOM, 120, 78, "alerts", "Lambda", WATCH),
    Part(445, BOTTOM, 160, 78, "Alertmanager", "POST /alerts", WATCH),
    Part(642, BOTTOM, 164, 78, "Prometheus", "Grafana, pages", WATCH),
    Part(838, BOTTOM, 158, 78, "Pushgateway", "metrics", WATCH),
    Part(1066, BOTTOM, 218, 78, "monitor", "Lambda", WATCH),
)
ARROWS = (
    Arrow((166, TOP), (203, TOP), PREDICT),
    Arrow((373, TOP), (430, TOP), PREDICT),
    Arrow((690, TOP), (985, TOP), PREDICT, "each prediction", (838, TOP - 16)),
    Arrow((166, LOWER), (203, LOWER), COLLECT),
    Arrow((373, LOWER), (430, LOWER), COLLECT),
    Arrow((690, LOWER), (957, LOWER), COLLECT, "one transaction", (824, LOWER - 16)),
    Arrow((1066, LOWER + 46), (1066, BOTTOM - 39), WATCH, "each minute, and at once", (1056, 700), "right"),
    Arrow((957, BOTTOM), (917, BOTTOM), WATCH),
    Arrow((750, 704), (790, BOTTOM - 39), WATCH, "every Lambda", (744, 698), "right"),
    Arrow((759, BOTTOM), (724, BOTTOM), WATCH),
    Arrow((560, BOTTOM), (525, BOTTOM), WATCH),
    Arrow((365, BOTTOM), (323, BOTTOM), WATCH),
    Arrow((203, BOTTOM), (166, BOTTOM), WATCH),
    Arrow((1110, TOP + 46), (1110, MIDDLE - 39), LEARN, "stream", (1100, POINTER), "right"),
    Arrow((1110, LOWER - 46), (1110, MIDDLE + 39), LEARN, "stream", (1100, LOWER - 83), "right"),
    Arrow((1045, MIDDLE), (998, MIDDLE), LEARN),
    Arrow((898, MIDDLE), (857, MIDDLE), LEARN),
    Arrow((727, MIDDLE), (690, MIDDLE), LEARN),
    Arrow((166, MIDDLE), (196, MIDDLE), LEARN),
    Arrow((312, MIDDLE), (430, MIDDLE), LEARN, "MWAA API", (368, MIDDLE - 16)),
    Arrow((490, MIDDLE - 39), (490, POINTER + 42), LEARN, "promote", (480, 339), "right"),
    Arrow((490, POINTER - 42), (490, TOP + 39), LEARN, "read every 30 s", (480, 204), "right"),
    Arrow((650, MIDDLE - 39), (650, POINTER + 42), LEARN, "materialise", (660, 339), "left"),
    Arrow((650, POINTER - 42), (650, TOP + 39), LEARN, "read with a product id", (660, 204), "left"),
)


def draw() -> Figure:
    """Return the picture."""
    figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(HEIGHT, 0))
    axes.set_axis_off()
    for top, height, heading, colour in BANDS:
        box = "round,pad=0,rounding_size=14"
        axes.add_patch(FancyBboxPatch((12, top), WIDTH - 24, height, box, fc=colour, ec="none", alpha=0.08))
        axes.text(30, top + 26, heading, size=HEADING, weight="bold", color=colour, va="center")
    for part in PARTS:
        _draw_part(axes, part)
    for arrow in ARROWS:
        style = "-|>,head_length=7,head_width=4"
        axes.add_patch(
            FancyArrowPatch(arrow.start, arrow.end, arrowstyle=style, lw=2, color=arrow.colour, shrinkA=0, shrinkB=0)
        )
        axes.text(*arrow.at, arrow.text, size=TEXT, color=INK, ha=arrow.align, va="center")
    return figure


def _draw_part(axes: Axes, part: Part) -> None:
    left, top = part.x - part.width / 2, part.y - part.height / 2
    middle = part.y
    if part.shape == "cylinder":
        lid = 16
        middle += 0.35 * lid
        axes.add_patch(
            Ellipse((part.x, top + part.height - lid / 2), part.width, lid, fc="white", ec=part.colour, lw=2)
        )
        axes.add_patch(Rectangle((left, top + lid / 2), part.width, part.height - lid, fc="white", ec="none"))
        for x in (left, left + part.width):
            axes.plot((x, x), (top + lid / 2, top + part.height - lid / 2), color=part.colour, lw=2)
        axes.add_patch(Ellipse((part.x, top + lid / 2), part.width, lid, fc="white", ec=part.colour, lw=2))
    else:
        box = f"round,pad=0,rounding_size={part.height / 2 if part.shape == 'pill' else 10}"
        axes.add_patch(FancyBboxPatch((left, top), part.width, part.height, box, fc="white", ec=part.colour, lw=2))
    axes.text(part.x, middle - 12, part.name, size=NAME, weight="bold", color=INK, ha="center", va="center")
    axes.text(part.x, middle + 13, part.kind, size=TEXT, color=GREY, ha="center", va="center")


def save(file: Path) -> None:
    """Write the picture, the same bytes each time: no date, no random ids, letters as outlines."""
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "loop", "font.family": "DejaVu Sans"}):
        draw().savefig(file, metadata={"Date": None, "Creator": None, "Title": "The loop"})


if __name__ == "__main__":
    save(PICTURE)
