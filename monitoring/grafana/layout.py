"""What the dashboards have in common: their sections, variables, events on the time axis, and links to each other."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from monitoring.grafana.colours import BAD, BLUE, ORANGE
from monitoring.grafana.panels import DATASOURCE, Query, number
from sentiment.schemas.metrics import LAST_RETRAINING, MODEL_INFO, MODEL_PROMOTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grafana_foundation_sdk.builders.stat import Panel as Number
    from grafana_foundation_sdk.models.dashboard import Dashboard

    from monitoring.grafana.panels import Panel
    from sentiment.schemas.metrics import Metric

TAG = "sentiment-loop"
"""What the dashboards find each other by."""
_FIRING = 'ALERTS{alertstate="firing"}'
_ALL = VariableOption(selected=True, text="All", value="$__all")
_ANYTHING = ".*"
_IN_SIGHT = ""
"""Beside the variables; the SDK puts links into a menu."""


class Section(NamedTuple):
    """Panels under a heading, in lines of 24 columns."""

    title: str
    panels: Sequence[Panel]


def page(
    *,
    uid: str,
    title: str,
    description: str,
    hours: int,
    sections: Sequence[Section],
    variables: Sequence[builders.QueryVariable | builders.CustomVariable] = (),
) -> Dashboard:
    """Return a dashboard that shows the last hours and cannot be edited: the next start would undo it."""
    built = (
        builders.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([TAG])
        .readonly()
        .refresh("10s")
        .time(f"now-{hours}h", "now")
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(builders.DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .link(
            builders.DashboardLink("Sentiment Loop")
            .type(DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .keep_time(True)
            .placement(_IN_SIGHT)
        )
    )
    for variable in variables:
        built.with_variable(variable)
    for event in _events():
        built.annotation(event)
    ids = count(1)
    for section in sections:
        built.with_row(builders.Row(section.title).id(next(ids)))
        for panel in section.panels:
            built.with_panel(panel.id(next(ids)))
    return built.build()


def any_of(name: str, label: str, metric: Metric, of: str) -> builders.QueryVariable:
    """Return a variable with some or all values that a label of a metric has."""
    return (
        builders.QueryVariable(name)
        .label(label)
        .query(f"label_values({metric.name}, {of})")
        .datasource(DATASOURCE)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.NUMERICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(_ANYTHING)
        .current(_ALL)
    )


def one_of(name: str, label: str, values: Sequence[str], chosen: str) -> builders.CustomVariable:
    """Return a variable with one of some values."""
    return (
        builders.CustomVariable(name)
        .label(label)
        .values(",".join(values))
        .options([VariableOption(selected=value == chosen, text=value, value=value) for value in values])
        .current(VariableOption(selected=True, text=chosen, value=chosen))
    )


def firing(width: int = 4) -> Number:
    """Return the panel that comes first on every dashboard."""
    return number(
        "Alerts that fire",
        "Each name is a section of the runbook. Alertmanager says whom they reached, and silences them.",
        Query(f"count by (alertname) ({_FIRING})", "{{alertname}}"),
        unit="none",
        width=width,
        steps=[(1, BAD)],
        empty="none",
    )


def _events() -> list[builders.AnnotationQuery]:
    return [
        _event(
            "Promotions",
            f"{MODEL_INFO.name} * on () group_left () {MODEL_PROMOTED.name} * 1000",
            "Version {{model_version}} in production",
            BLUE,
            at_its_value=True,
        ),
        _event("Retrainings", f"{LAST_RETRAINING.name} * 1000", "Retraining ended", ORANGE, at_its_value=True),
        _event("Alerts", _FIRING, "{{alertname}}", BAD),
    ]


def _event(
    name: str, expression: str, title: str, colour: str, *, at_its_value: bool = False
) -> builders.AnnotationQuery:
    """Return marks on the time axis where a series has a value, or at the time that its value is, in milliseconds."""
    return (
        builders.AnnotationQuery()
        .name(name)
        .datasource(DATASOURCE)
        .enable(True)
        .icon_color(colour)
        .expr(expression)
        .title_format(title)
        .use_value_for_time(at_its_value)
    )
