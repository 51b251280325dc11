"""The dashboards as Grafana opens them, and which of their panels show nothing on a Prometheus."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from local.monitoring.programs import node_exporter_options
from sentiment.schemas.metrics import ALIAS_AGREES, LAST_RETRAINING, RETRAINING_FAILED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

FOLDER = Path(__file__).parents[1] / "monitoring" / "grafana" / "dashboards"
OF_PROCESSORS = {"node_cpu_seconds_total"} if node_exporter_options() else set()
"""What node exporter leaves out on this machine."""
MAY_BE_MISSING = {
    **dict.fromkeys(OF_PROCESSORS, "node exporter cannot read them here"),
    "ALERTS": "no alert fires",
    LAST_RETRAINING.name: "none has ended yet",
    RETRAINING_FAILED.name: "none has ended yet",
    ALIAS_AGREES.name: "the monitor may not reach MLflow from LocalStack or AWS",
}
"""Metrics that may be missing on a loop that is all right, and why."""
_LABEL_VALUES = re.compile(r"label_values\((?P<series>.+), (?P<label>\w+)\)")
_POINTS = 180
"""Of a series on a panel."""


class Query(NamedTuple):
    """A query of a panel: as written, and as Grafana asks for it when the dashboard is opened."""

    written: Mapping[str, Any]
    variables: Mapping[str, str]

    @property
    def expression(self) -> str:
        """The expression, with variables."""
        return str(self.written["expr"])

    @property
    def instant(self) -> bool:
        """Whether it asks for one moment."""
        return bool(self.written.get("instant"))

    def asked(self, *, rate_interval: str = "1m", time_range: str = "15m") -> str:
        """Return the expression without variables."""
        return asked(self.expression, self.variables, rate_interval=rate_interval, time_range=time_range)


class Panel(NamedTuple):
    """A panel: as written, and what it asks for."""

    dashboard: str
    written: Mapping[str, Any]
    queries: tuple[Query, ...]

    @property
    def title(self) -> str:
        """The title, with variables."""
        return str(self.written["title"])


def dashboards() -> dict[str, Any]:
    """Return the committed dashboards by the names of their files."""
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.iterdir())}


def panels() -> list[Panel]:
    """Return the panels of all dashboards."""
    return [
        Panel(
            dashboard["title"],
            written,
            tuple(Query(target, variables_of(dashboard)) for target in written["targets"]),
        )
        for dashboard in dashboards().values()
        for written in dashboard["panels"]
        if written["type"] != "row"
    ]


def variables_of(dashboard: Mapping[str, Any]) -> dict[str, str]:
    """Return the values that the variables of a dashboard have when it is opened, but for the data source."""
    return {
        variable["name"]: variable["allValue"]
        if variable["current"]["value"] == "$__all"
        else variable["current"]["value"]
        for variable in dashboard["templating"]["list"]
        if variable["type"] != "datasource"
    }


def asked(expression: str, variables: Mapping[str, str], *, rate_interval: str, time_range: str) -> str:
    """Return an expression with variables replaced as Grafana does."""
    values = {"__rate_interval": rate_interval, "__range": time_range, **variables}
    return re.sub(r"\$(\w+)", lambda variable: values[variable[1]], expression)


def without_data(
    prometheus_url: str, *, rate_interval: str = "1m", minutes: int = 15, excused: Collection[str] = ()
) -> list[str]:
    """Return a line for each query that finds nothing, with its panel, and each variable without values.

    Args:
        prometheus_url: Where Prometheus answers.
        rate_interval: What `$__rate_interval` stands for: at least four times the interval of the scrapes.
        minutes: The time range of the dashboards.
        excused: Metrics whose queries may find nothing, such as `MAY_BE_MISSING`.

    Raises:
        HTTPError: Prometheus does not answer, or refuses an expression.
    """
    with httpx.Client(base_url=prometheus_url, timeout=30) as client:
        found = [*_empty_panels(client, rate_interval, minutes), *_empty_variables(client)]
    return [line for line in found if not any(name in line for name in excused)]


def _empty_panels(client: httpx.Client, rate_interval: str, minutes: int) -> Iterator[str]:
    for panel in panels():
        for query in panel.queries:
            expression = query.asked(rate_interval=rate_interval, time_range=f"{minutes}m")
            if not _has_data(client, expression, instant=query.instant, minutes=minutes):
                yield f"{panel.dashboard}: {panel.title}: {expression}"


def _has_data(client: httpx.Client, expression: str, *, instant: bool, minutes: int) -> bool:
    now = time.time()
    if instant:
        path, over = "query", {"time": now}
    else:
        path, over = "query_range", {"start": now - 60 * minutes, "end": now, "step": 60 * minutes / _POINTS}
    answer = client.post(f"/api/v1/{path}", data={"query": expression, **over})
    if answer.is_client_error:
        raise httpx.HTTPStatusError(f"{expression}: {answer.text}", request=answer.request, response=answer)
    found = answer.raise_for_status().json()["data"]["result"]
    return any(value != "NaN" for series in found for _, value in series.get("values") or [series["value"]])


def _empty_variables(client: httpx.Client) -> Iterator[str]:
    for dashboard in dashboards().values():
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                asks = _LABEL_VALUES.fullmatch(variable["query"])
                assert asks, variable["query"]
                answer = client.get(f"/api/v1/label/{asks['label']}/values", params={"match[]": asks["series"]})
                if not answer.raise_for_status().json()["data"]:
                    yield f"{dashboard['title']}: ${variable['name']}"
