"""The three kinds of panels, and how all of them look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from grafana_foundation_sdk.builders import common as options
from grafana_foundation_sdk.builders import prometheus, stat, statetimeline, timeseries
from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    BigValueTextMode,
    DataSourceRef,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DynamicConfigValue,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)

from monitoring.grafana.colours import GREY

if TYPE_CHECKING:
    from sentiment.schemas.metrics import WithBounds

DATASOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
"""Whichever Prometheus is chosen above the dashboard."""
BOUNDS = ", (lower|upper) bound$"
"""Pattern of the legends of an interval's ends."""

Panel = stat.Panel | timeseries.Panel | statetimeline.Panel
Steps = Sequence[tuple[float, str]]
"""Colours, each from a value on."""
Words = Mapping[int, tuple[str, str]]
"""What a value is called, and its colour."""
_Kind = TypeVar("_Kind", stat.Panel, timeseries.Panel, statetimeline.Panel)
_TRANSPARENT = "transparent"


class Query(NamedTuple):
    """What a panel shows.

    Attributes:
        expression: Of Prometheus, with variables of the dashboard.
        legend: What its series are called, with their labels.
    """

    expression: str
    legend: str


def with_interval(metric: WithBounds, matchers: str, legend: str) -> list[Query]:
    """Return the queries of a proportion and the two ends of its interval, which `BOUNDS` finds."""
    selector = f"{{{matchers}}}" if matchers else ""
    return [
        Query(f"{metric.value.name}{selector}", legend),
        Query(f"{metric.lower.name}{selector}", f"{legend}, lower bound"),
        Query(f"{metric.upper.name}{selector}", f"{legend}, upper bound"),
    ]


def number(
    title: str,
    description: str,
    *queries: Query,
    unit: str,
    width: int = 4,
    steps: Steps = (),
    words: Words | None = None,
    decimals: int | None = None,
    names: BigValueTextMode = BigValueTextMode.AUTO,
    empty: str = "no data",
) -> stat.Panel:
    """Return a panel with the newest value of each series.

    Its queries ask for that moment alone: the series of the last model version must not stand beside the next one's.
    """
    panel = _panel(stat.Panel(), title, description, queries, unit=unit, width=width, height=4, instant=True)
    panel.reduce_options(options.ReduceDataOptions().calcs(["lastNotNull"]))
    panel.graph_mode(BigValueGraphMode.NONE).text_mode(names).no_value(empty)
    panel.color_mode(BigValueColorMode.BACKGROUND if steps or words else BigValueColorMode.NONE)
    panel.thresholds(_thresholds(GREY, steps))
    if decimals is not None:
        panel.decimals(decimals)
    if words:
        panel.mappings([_mapping(words)])
    return panel


def chart(
    title: str,
    description: str,
    *queries: Query,
    unit: str,
    width: int = 12,
    height: int = 8,
    colours: Mapping[str, str],
    lines: Steps = (),
    dashed: str = "",
    band: str = "",
    least: float | None = None,
    stacked: bool = False,
) -> timeseries.Panel:
    """Return a panel with series over time.

    Args:
        title: Its title.
        description: What it says, and what to do about it.
        queries: Its series.
        unit: Grafana's name of their unit.
        width: In columns, of which there are 24.
        height: In rows of the grid.
        colours: By patterns of legends.
        lines: Values with a line, and its colour.
        dashed: Pattern of the legends whose lines are dashed.
        band: Legend of a series between whose bounds the area is filled.
        least: The lowest value of the axis.
        stacked: Add the series up.
    """
    panel = _panel(timeseries.Panel(), title, description, queries, unit=unit, width=width, height=height)
    panel.line_width(2).fill_opacity(20 if stacked else 0).show_points(VisibilityMode.AUTO)
    panel.legend(_legend()).tooltip(
        options.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING)
    )
    if least is not None:
        panel.min(least)
    if stacked:
        panel.stacking(options.StackingConfig().mode(StackingMode.NORMAL).group("A"))
    if lines:
        panel.thresholds(_thresholds(_TRANSPARENT, lines))
        panel.thresholds_style(options.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED))
    for pattern, colour in colours.items():
        panel.override_by_regexp(f"/{pattern}/", [DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour})])
    if dashed:
        style = {"fill": "dash", "dash": [6, 6]}
        panel.override_by_regexp(
            f"/{dashed}/", [DynamicConfigValue("custom.lineStyle", style), DynamicConfigValue("custom.lineWidth", 1)]
        )
    if band:
        panel.override_by_name(
            f"{band}, upper bound",
            [
                DynamicConfigValue("custom.fillBelowTo", f"{band}, lower bound"),
                DynamicConfigValue("custom.fillOpacity", 15),
            ],
        )
    return panel


def states(
    title: str, description: str, *queries: Query, words: Words, width: int = 12, height: int = 6
) -> statetimeline.Panel:
    """Return a panel with the states that each series was in."""
    panel = _panel(statetimeline.Panel(), title, description, queries, unit="none", width=width, height=height)
    return (
        panel.mappings([_mapping(words)])
        .thresholds(_thresholds(GREY))
        .merge_values(True)
        .show_value(VisibilityMode.AUTO)
        .row_height(0.8)
        .fill_opacity(80)
        .legend(_legend())
    )


def _panel(
    panel: _Kind,
    title: str,
    description: str,
    queries: Sequence[Query],
    *,
    unit: str,
    width: int,
    height: int,
    instant: bool = False,
) -> _Kind:
    panel.title(title).description(description).datasource(DATASOURCE).unit(unit).span(width).height(height)
    for name, query in zip(ascii_uppercase, queries, strict=False):
        target = prometheus.Dataquery().ref_id(name).expr(query.expression).legend_format(query.legend)
        target.datasource(DATASOURCE)
        panel.with_target(target.instant() if instant else target.range())
    return panel


def _thresholds(otherwise: str, steps: Steps = ()) -> ThresholdsConfig:
    """Return the colours of values; a panel without a value has the one of minus infinity."""
    found = [Threshold(value=None, color=otherwise), *(Threshold(value=value, color=colour) for value, colour in steps)]
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(found)


def _mapping(words: Words) -> ValueMap:
    return ValueMap(
        options={
            str(value): ValueMappingResult(text=text, color=colour, index=place)
            for place, (value, (text, colour)) in enumerate(words.items())
        }
    )


def _legend() -> options.VizLegendOptions:
    return (
        options.VizLegendOptions()
        .display_mode(LegendDisplayMode.LIST)
        .placement(LegendPlacement.BOTTOM)
        .show_legend(True)
    )
