"""The charts of the page on quality, in which each line is told by its colour and by its dashes."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from frontend.palette import BLUE, GREEN, GREY, VERMILION
from frontend.quantities import minute

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from frontend.quality.chart_styles import ChartStyle
    from frontend.quality.reading import Curve, OverTime, Point
    from sentiment.evaluation.live_quality import Cells

_COLOURS = (BLUE, VERMILION, GREEN)
_DASHES = ((1, 0), (6, 3), (2, 2))
_POWERS = [one * 10**power for power in range(-2, 6) for one in (1, 2, 5)]
"""Where a logarithmic axis may have its labels."""
_GAP = 2.5
"""Steps without a value that end a line."""
_HEIGHT, _LEGEND_LINE = 300, 24
"""In pixels: of a chart, and of each line of its legend."""
_COLUMNS = ("time", "value", "lower", "upper", "line", "version", "part", "when", "shown")


def over_time(curves: Sequence[Curve], over: OverTime, style: ChartStyle) -> alt.LayerChart:
    """Return a chart of lines with their intervals, and a mark at each promotion."""
    rows = pd.DataFrame(_rows(curves, over.step, style), columns=list(_COLUMNS))
    names = list(style.names.values())
    legend = alt.Legend(
        orient="bottom", title=None, columns=1, labelLimit=320, symbolType="stroke", symbolOpacity=1, symbolSize=400
    )
    colour = alt.Color("line:N", scale=alt.Scale(domain=names, range=list(_COLOURS[: len(names)])), legend=legend)
    dash = alt.StrokeDash(
        "line:N", scale=alt.Scale(domain=names, range=[list(one) for one in _DASHES[: len(names)]]), legend=legend
    )
    scale = (
        alt.Scale(type="log") if style.logarithmic else alt.Scale(zero=not any(point.lower for point in _all(curves)))
    )
    axis = alt.Axis(format=style.format, values=_POWERS) if style.logarithmic else alt.Axis(format=style.format)
    below = _time(over, alt.Axis(title="time (UTC)", tickCount=5, format=_clock(over)))
    value = alt.Y("value:Q", title=style.axis, scale=scale, axis=axis)
    tooltip = [alt.Tooltip(f"{column}:N") for column in ("line", "shown", "version", "when")]
    chart = alt.Chart(rows)
    band = chart.mark_area(opacity=0.18).encode(
        x=_time(over, None),
        y=alt.Y("lower:Q", title=style.axis, scale=scale, axis=axis),
        y2="upper:Q",
        color=colour,
        detail="part:N",
    )
    lines = chart.mark_line(strokeWidth=2).encode(
        x=below, y=value, color=colour, strokeDash=dash, detail="part:N", tooltip=tooltip
    )
    layers = [lines, *_limits(style), *_promotions(over)]
    if rows["lower"].notna().any():  # a layer without a mark has nothing to tell a screen reader
        layers.insert(0, band)
    if len(alone := rows[~rows["part"].duplicated(keep=False)]):
        points = alt.Chart(alone).mark_point(filled=True, size=40)
        layers.append(points.encode(x=_time(over, None), y=value, color=colour, tooltip=tooltip))
    drawn: alt.LayerChart = alt.LayerChart(layer=layers, title=style.title, height=_HEIGHT + _LEGEND_LINE * len(names))
    drawn.resolve = alt.Resolve(axis=alt.AxisResolveMap(x="independent"))
    return drawn


def _all(curves: Sequence[Curve]) -> Iterator[Point]:
    return (point for curve in curves for point in curve.points)


def _rows(curves: Sequence[Curve], step: timedelta, style: ChartStyle) -> Iterator[tuple[Any, ...]]:
    """Yield a row for each point; a gap in the values, and another version, begin another part of a line."""
    for curve in curves:
        if curve.name not in style.names:
            continue
        part, before = 0, curve.points[0].at
        for point in curve.points:
            part += point.at - before > _GAP * step
            before = point.at
            yield (
                _milliseconds(point.at),
                point.value * style.scale,
                None if point.lower is None else point.lower * style.scale,
                None if point.upper is None else point.upper * style.scale,
                style.names[curve.name],
                curve.version or "all",
                f"{curve.name} {curve.version} {part}",
                minute(point.at),
                style.shown(point.value),
            )


def _time(over: OverTime, axis: alt.Axis | None) -> alt.X:
    ends = [over.start.isoformat(), over.end.isoformat()]  # Vega-Lite takes numbers for years
    return alt.X("time:T", scale=alt.Scale(type="utc", domain=ends), axis=axis)


def _clock(over: OverTime) -> str:
    """Return how times are written below a chart: those of several days with their date."""
    return "%-d %b" if over.end - over.start > timedelta(days=2) else "%H:%M"


def _milliseconds(time: datetime) -> int:
    return round(1000 * time.timestamp())


def _to_the_second(time: datetime) -> alt.DateTime:
    """Return a time for an axis, which takes numbers for years."""
    return alt.DateTime(
        year=time.year,
        month=time.month,
        date=time.day,
        hours=time.hour,
        minutes=time.minute,
        seconds=time.second,
        utc=True,
    )


def _limits(style: ChartStyle) -> Iterator[alt.Chart]:
    if style.limits:
        rows = pd.DataFrame({"value": [limit * style.scale for limit in style.limits]})
        yield alt.Chart(rows).mark_rule(color=GREY, strokeDash=[8, 4]).encode(y="value:Q")


def _promotions(over: OverTime) -> Iterator[alt.Chart]:
    """Yield a line at each promotion, with its version on an axis above, in the colour of all axes."""
    found = [one for one in over.promotions if over.start <= one.at <= over.end]
    if found:
        names = {str(1000 * int(one.at.timestamp())): f"version {one.version}" for one in found}
        axis = alt.Axis(
            orient="top",
            title=None,
            values=[_to_the_second(one.at) for one in found],
            labelExpr=f"{json.dumps(names)}['' + time(datum.value)]",
            grid=False,
            labelPadding=4,
        )
        rows = pd.DataFrame(
            {"time": [_milliseconds(one.at) for one in found], "version": [one.version for one in found]}
        )
        yield (
            alt.Chart(rows)
            .mark_rule(color=GREY, strokeWidth=2)
            .encode(x=_time(over, axis), tooltip=[alt.Tooltip("version:N", title="promoted: version")])
        )


def confusion_matrix(cells: Cells) -> alt.LayerChart:
    """Return a confusion matrix: its right cells are blue, its wrong ones vermilion, and all say which they are."""
    rows = pd.DataFrame(
        [
            ("positive", "positive", cells.tp, "right (tp)", "white"),
            ("positive", "negative", cells.fp, "wrong (fp)", "black"),
            ("negative", "negative", cells.tn, "right (tn)", "white"),
            ("negative", "positive", cells.fn, "wrong (fn)", "black"),
        ],
        columns=["predicted", "actual", "labels", "cell", "ink"],
    )
    rows["share"] = [f"{100 * labels / max(1, cells.labels):.0f} % of all, {labels:,}" for labels in rows["labels"]]
    rows["count"] = [f"{labels:,}" for labels in rows["labels"]]
    order = ["positive", "negative"]
    chart = alt.Chart(rows).encode(
        x=alt.X("predicted:N", sort=order, title="what the model predicted", axis=alt.Axis(orient="top", labelAngle=0)),
        y=alt.Y("actual:N", sort=order, title="what the label says"),
        tooltip=[
            alt.Tooltip("predicted:N", title="predicted"),
            alt.Tooltip("actual:N", title="label"),
            alt.Tooltip("share:N", title="labels"),
        ],
    )
    wrong = alt.condition(alt.datum.predicted == alt.datum.actual, alt.value(BLUE), alt.value(VERMILION))
    ink = alt.Color("ink:N", scale=None)
    layers = [
        chart.mark_rect().encode(color=wrong),
        chart.mark_text(fontSize=24, fontWeight="bold", dy=-10).encode(text="count:N", color=ink),
        chart.mark_text(fontSize=14, dy=14).encode(text="cell:N", color=ink),
    ]
    return alt.LayerChart(layer=layers, title="Confusion matrix", height=260)
