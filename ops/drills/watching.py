"""What Prometheus and Alertmanager say of an alert."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from local.errors import LocalError
from local.http_client import get
from local.monitoring import password
from local.monitoring.programs import home
from local.monitoring.servers import ALERTMANAGER, PROMETHEUS, PUSHGATEWAY

if TYPE_CHECKING:
    from local.loop import Loop
    from local.monitoring.servers import Server
    from monitoring.prometheus.rule import Alert

WATCHED = (PUSHGATEWAY, PROMETHEUS, ALERTMANAGER)
"""The servers without which no alert can be seen."""


class Seen(NamedTuple):
    """The state of an alert.

    Attributes:
        pending: Whether its condition holds, and it waits.
        firing: Whether it fires.
        reached: Whether Alertmanager has it.
    """

    pending: bool = False
    firing: bool = False
    reached: bool = False


class Watch(Protocol):
    """Sees the state of one alert."""

    def look(self) -> Seen | None:
        """Return the state; None while a server does not answer."""


class Servers:
    """The servers of a loop, asked for one alert."""

    def __init__(self, loop: Loop, alert: Alert) -> None:
        self._loop = loop
        self._labels = {"alertname": alert.name, "severity": alert.severity}

    def look(self) -> Seen | None:
        """Return the state; None while a server does not answer."""
        problem, answer = _ask(self._loop, PROMETHEUS, "/api/v1/alerts")
        wanted = urllib.parse.urlencode({"filter": f'alertname="{self._labels["alertname"]}"'})
        unreached, listed = _ask(self._loop, ALERTMANAGER, f"/api/v2/alerts?{wanted}")
        if problem or unreached:
            return None
        states = {alert["state"] for alert in answer["data"]["alerts"] if self._is_it(alert)}
        reached = any(self._is_it(alert) for alert in listed["value"])
        return Seen("pending" in states, "firing" in states, reached)

    def _is_it(self, alert: dict[str, Any]) -> bool:
        return all(alert["labels"].get(name) == value for name, value in self._labels.items())


def require_servers(loop: Loop) -> None:
    """Check that the servers answer.

    Raises:
        LocalError: One does not.
    """
    for server in WATCHED:
        if not loop.monitoring_url(server):
            raise LocalError(f"{server.title} does not run here, so nothing would see the alert.", remedy="make up")
        problem, _ = _ask(loop, server, server.ready)
        if problem:
            raise LocalError(f"{server.title} does not answer: {problem}.", remedy="make up")


def _ask(loop: Loop, server: Server, path: str) -> tuple[str, dict[str, Any]]:
    headers = password.header(password.ensure(home(loop.state_dir))) if server.asks_for_password else {}
    return get(f"{loop.monitoring_url(server)}{path}", headers=headers)
