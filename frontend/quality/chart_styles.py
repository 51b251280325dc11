"""The charts over time: what each of them shows, and how it looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from frontend.quality import words
from frontend.quality.reading import QUANTILES
from frontend.quantities import percent
from sentiment.evaluation.drift import DRIFTED, DRIFTING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from frontend.quality.reading import Curve, OverTime


class ChartStyle(NamedTuple):
    """How a chart over time looks.

    Attributes:
        title: What it shows; `{window}` stands for the window of its values.
        axis: What its values are, with their unit.
        names: What the lines are called, by their names; other lines are not drawn.
        shown: Returns a value as people read it.
        format: Of the values on the axis, in D3's notation.
        scale: By what a value is multiplied on the axis.
        limits: Values with a line across.
        logarithmic: Whether equal steps on the axis are equal ratios.
    """

    title: str
    axis: str
    names: Mapping[str, str]
    shown: Callable[[float], str]
    format: str
    scale: float = 1
    limits: Sequence[float] = ()
    logarithmic: bool = False


class ChartOverTime(NamedTuple):
    """A chart over time.

    Attributes:
        style: How it looks.
        curves: Returns its lines.
        empty: What is said in its place where there is no line.
        more: What is said below it besides how its lines went.
    """

    style: ChartStyle
    curves: Callable[[OverTime], list[Curve]]
    empty: str
    more: str = ""

    def style_of(self, window: str) -> ChartStyle:
        """Return how it looks with values of a window, such as `last hour`."""
        return self.style._replace(title=self.style.title.format(window=window))


_TWO_SOURCES = {source: words.SOURCES_IN_WORDS[source] for source in ("audit", "voluntary")}
_ALL_SOURCES = {**_TWO_SOURCES, "reviewed": words.SOURCES_IN_WORDS["reviewed"]}
"""Those that both have come first, and so in the same colours."""
_NO_LABELS = "There are no labels in this time."
_AREAS = f"Areas: {words.INTERVAL}s."

CHARTS = (
    ChartOverTime(
        ChartStyle("Accuracy of the {window}", "accuracy in percent", _TWO_SOURCES, percent, "d", scale=100),
        lambda over: over.accuracy,
        _NO_LABELS,
        _AREAS,
    ),
    ChartOverTime(
        ChartStyle("F1 of the {window}", "F1 in percent", _TWO_SOURCES, percent, "d", scale=100),
        lambda over: over.f1,
        _NO_LABELS,
        _AREAS,
    ),
    ChartOverTime(
        ChartStyle(
            "Label coverage of the {window}",
            "labels per 100 predictions",
            _ALL_SOURCES,
            words.per_hundred,
            "~f",
            scale=100,
        ),
        lambda over: over.coverage,
        "There are no predictions in this time.",
    ),
    ChartOverTime(
        ChartStyle(
            "Drift of the last day from the training reviews",
            "population stability index",
            words.FEATURES_IN_WORDS,
            words.psi,
            ".2f",
            limits=(DRIFTING, DRIFTED),
        ),
        lambda over: over.drift,
        "There are too few predictions in this time to tell drift from chance.",
        words.drift_limits(),
    ),
    ChartOverTime(
        ChartStyle(
            "Latency of a prediction",
            "milliseconds",
            {name: name for name in QUANTILES.values()},
            words.seconds,
            "~f",
            scale=1000,
            logarithmic=True,
        ),
        lambda over: over.latency,
        "Nobody asked for a prediction in this time, or the functions' numbers are not pushed.",
    ),
)
