"""The gate's decision as a chart: each difference with its interval, and the limit of the interval's lower end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from frontend import palette
from frontend.decision import points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from frontend.decision import Interval

RESULTS = {
    "passes": (palette.BLUE, "circle"),
    "fails": (palette.VERMILION, "diamond"),
    "no rule": (palette.GREY, "square"),
}
"""Colours and shapes."""
ROW_HEIGHT = 36
AROUND = 190
"""Height of title, axis and legend, in pixels: Streamlit fits all of them into the chart's height."""


def chart(intervals: Sequence[Interval]) -> alt.LayerChart | alt.FacetChart:
    """Return the chart; the shapes of the points say the same as their colours."""
    rows = [
        {
            "comparison": one.name,
            "difference": 100 * one.found.difference,
            "lower": 100 * one.found.lower,
            "upper": 100 * one.found.upper,
            "limit": None if one.limit is None else 100 * one.limit,
            "result": {True: "passes", False: "fails", None: "no rule"}[one.passed],
            "in words": f"{points(one.found.difference)} ({points(one.found.lower)} to {points(one.found.upper)})",
        }
        for one in intervals
    ]
    kinds = [kind for kind in RESULTS if any(row["result"] == kind for row in rows)]
    colours, shapes = zip(*(RESULTS[kind] for kind in kinds), strict=True)
    base = alt.Chart(pd.DataFrame(rows)).encode(
        y=alt.Y("comparison:N", sort=None, title=None, axis=alt.Axis(labelLimit=220, labelOverlap=False)),
        color=alt.Color(
            "result:N",
            scale=alt.Scale(domain=kinds, range=colours),
            title="The gate",
            legend=alt.Legend(orient="bottom"),
        ),
        tooltip=["comparison:N", "in words:N", alt.Tooltip("limit:Q", format="+.1f")],
    )
    title = ["points, 90 % interval"]
    if any(row["limit"] is not None for row in rows):
        title.append("grey: limit of its lower end")
    layers = [
        base.mark_rule(strokeWidth=3).encode(
            x=alt.X("lower:Q", title=title, axis=alt.Axis(titleAnchor="end")), x2="upper:Q"
        ),
        base.mark_point(size=110, filled=True, opacity=1).encode(
            x="difference:Q",
            shape=alt.Shape("result:N", scale=alt.Scale(domain=kinds, range=shapes), title=None),
        ),
        base.transform_filter("datum.limit != null")
        .mark_tick(thickness=3, size=22)
        .encode(x="limit:Q", color=alt.value("gray")),
        alt.Chart(pd.DataFrame({"none": [0]})).mark_rule(color="gray").encode(x="none:Q"),
    ]
    return alt.layer(*layers).properties(title="What the gate compared", height=ROW_HEIGHT * len(rows) + AROUND)
