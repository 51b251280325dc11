"""The dashboards are those that the code declares, and keep the rules that people hold dashboards to."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import promql_parser
import pytest
import yaml

from monitoring.grafana.writing import files
from monitoring.prometheus.alerts import groups
from monitoring.prometheus.rule import Record
from monitoring.prometheus.windows import REAL
from sentiment.schemas import metrics
from sentiment.schemas.metrics import Metric, WithBounds
from tests.dashboards import FOLDER, MAY_BE_MISSING, Panel, asked, dashboards, panels, variables_of

PROVISIONING = Path(__file__).parents[4] / "monitoring" / "grafana" / "provisioning"
RATE_INTERVAL, TIME_RANGE = "61s", "3607s"
"""Durations that no expression has, so that they tell which variable they stand for."""
OF_SERVERS = re.compile(
    r"up|push_time_seconds|push_failure_time_seconds|scrape_duration_seconds|ALERTS|(node|prometheus)_\w+"
)
"""Metrics of Prometheus, the pushgateway and the node exporter, which no code of ours writes."""
ALWAYS = {"job", "instance"}
"""Labels that every pushed series may have."""
EVERY_DASHBOARD = pytest.mark.parametrize("dashboard", dashboards().values(), ids=lambda dashboard: dashboard["title"])


class Selected(NamedTuple):
    """A selection of series in an expression."""

    metric: str
    labels: frozenset[str]
    function: str
    """The function that it is the argument of; empty for none."""
    window: str
    """How far it looks back, such as `1m1s`; empty for the newest value."""


def selections(expression: str) -> list[Selected]:
    """Return the selections of an expression without variables.

    Raises:
        ValueError: It is not PromQL.
    """
    found: list[Selected] = []
    functions, windows = [""], [""]

    def enter(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.Call):
            functions.append(node.func.name)
        elif isinstance(node, promql_parser.MatrixSelector):
            windows.append(promql_parser.display_duration(node.range))
        elif isinstance(node, promql_parser.VectorSelector):
            labels = frozenset(matcher.name for matcher in node.matchers.matchers)
            found.append(Selected(node.name or "", labels, functions[-1], windows[-1]))

    def leave(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.Call):
            functions.pop()
        elif isinstance(node, promql_parser.MatrixSelector):
            windows.pop()

    promql_parser.walk(promql_parser.parse(expression), enter, leave)
    return found


def declared() -> dict[str, Metric]:
    """Return the metrics by the names that Prometheus stores them under."""
    values = vars(metrics).values()
    every = [value for value in values if isinstance(value, Metric)]
    every += [one for value in values if isinstance(value, WithBounds) for one in value]
    return {
        f"{metric.name}{part}": metric
        for metric in every
        for part in (("_bucket", "_count", "_sum") if metric.kind == "histogram" else ("",))
    }


def recorded() -> set[str]:
    """Return the names of the series that our rules record."""
    return {
        rule.name
        for found in groups(REAL).values()
        for group in found
        for rule in group.rules
        if isinstance(rule, Record)
    }


def selected_by(panel: Panel) -> list[Selected]:
    return [
        selected
        for query in panel.queries
        for selected in selections(query.asked(rate_interval=RATE_INTERVAL, time_range=TIME_RANGE))
    ]


def selected_by_events(dashboard: dict[str, Any]) -> list[Selected]:
    variables = variables_of(dashboard)
    return [
        selected
        for event in dashboard["annotations"]["list"]
        for selected in selections(asked(event["expr"], variables, rate_interval=RATE_INTERVAL, time_range=TIME_RANGE))
    ]


def test_the_committed_dashboards_are_those_that_the_code_declares() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}

    assert committed == files(), "write them again: make dashboards"


def test_every_panel_says_what_it_shows() -> None:
    silent = [
        panel.title
        for panel in panels()
        if not (
            panel.written["description"].endswith(".")
            and panel.written["fieldConfig"]["defaults"]["unit"]
            and panel.queries
            and all(query.written["legendFormat"] for query in panel.queries)
        )
    ]

    assert silent == []


@EVERY_DASHBOARD
def test_no_query_names_a_data_source(dashboard: dict[str, Any]) -> None:
    shown = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    asking = [
        *shown,
        *(target for panel in shown for target in panel["targets"]),
        *dashboard["annotations"]["list"],
        *(variable for variable in dashboard["templating"]["list"] if variable["type"] == "query"),
    ]

    assert {source["datasource"]["uid"] for source in asking} == {"${datasource}"}
    assert {"datasource": "prometheus"}.items() <= {
        variable["name"]: variable["query"] for variable in dashboard["templating"]["list"]
    }.items()


def test_rates_look_as_far_back_as_the_scrapes_need() -> None:
    interval = promql_parser.display_duration(promql_parser.parse_duration(RATE_INTERVAL))
    windows = {
        selected.window
        for panel in panels()
        for selected in selected_by(panel)
        if selected.function in {"rate", "irate"}
    }

    assert windows == {interval}


def test_counters_are_shown_by_how_fast_they_grow() -> None:
    known = declared()
    functions = {
        selected.function
        for panel in panels()
        for selected in selected_by(panel)
        if selected.metric.endswith("_total") or (selected.metric in known and known[selected.metric].kind != "gauge")
    }

    assert functions <= {"rate", "increase"}


def test_panels_read_metrics_and_labels_that_exist() -> None:
    known = declared()
    labels = {
        name: {*metric.labels, *ALWAYS, *({"le"} if name.endswith("_bucket") else ())} for name, metric in known.items()
    }
    unknown = [
        (panel.title, selected)
        for panel in panels()
        for selected in selected_by(panel)
        if not (
            selected.labels <= labels[selected.metric]
            if selected.metric in known
            else selected.metric in recorded() or OF_SERVERS.fullmatch(selected.metric)
        )
    ]

    assert unknown == []


@EVERY_DASHBOARD
def test_events_on_the_time_axis_read_metrics_that_exist(dashboard: dict[str, Any]) -> None:
    read = {selected.metric for selected in selected_by_events(dashboard)}

    assert all(name in declared() or OF_SERVERS.fullmatch(name) for name in read)


def test_every_metric_is_on_a_dashboard() -> None:
    shown = {selected.metric for panel in panels() for selected in selected_by(panel)}
    shown |= {selected.metric for dashboard in dashboards().values() for selected in selected_by_events(dashboard)}
    known = declared()

    assert {metric.name for metric in known.values()} == {known[name].name for name in shown if name in known}


@EVERY_DASHBOARD
def test_dashboards_cannot_be_edited_and_renew_themselves(dashboard: dict[str, Any]) -> None:
    assert dashboard["editable"] is False
    assert dashboard["refresh"] == "10s"
    assert dashboard["description"]


@EVERY_DASHBOARD
def test_panels_fill_their_lines_and_none_covers_another(dashboard: dict[str, Any]) -> None:
    places = [panel["gridPos"] for panel in dashboard["panels"]]
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above
    columns: dict[int, int] = {}
    for place in places:
        columns[place["y"]] = columns.get(place["y"], 0) + place["w"]
    assert set(columns.values()) == {24}


def test_metrics_that_may_be_missing_are_on_a_panel() -> None:
    assert MAY_BE_MISSING.keys() <= {selected.metric for panel in panels() for selected in selected_by(panel)}


def test_grafana_takes_addresses_from_its_environment() -> None:
    (source,) = yaml.safe_load((PROVISIONING / "datasources" / "prometheus.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((PROVISIONING / "dashboards" / "sentiment-loop.yml").read_text())["providers"]

    assert (source["url"], source["basicAuthUser"]) == ("$PROMETHEUS_URL", "$PROMETHEUS_USER")
    assert source["secureJsonData"] == {"basicAuthPassword": "$PROMETHEUS_PASSWORD"}
    assert source["editable"] is False
    assert provider["options"]["path"] == "$DASHBOARDS_DIR"
    assert provider["allowUiUpdates"] is False
