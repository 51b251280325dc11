"""The servers of the monitoring: their names here, on the PATH and in Debian, and the page that says that one is up."""

from __future__ import annotations

from typing import NamedTuple


class Server(NamedTuple):
    """A server.

    Attributes:
        name: Its name here: in the supervisor, in `ports.json`, and before `_PORT`.
        commands: The names that its program may have on the PATH.
        ready: The page that answers when it is up.
        title: What people call it.
        package: Debian's package; empty where there is none.
        asks_for_password: Whether it asks for that of `local.monitoring.password`; Grafana has a login of its own.
    """

    name: str
    commands: tuple[str, ...]
    ready: str
    title: str
    package: str = ""
    asks_for_password: bool = True


PUSHGATEWAY = Server(
    name="pushgateway",
    commands=("pushgateway", "prometheus-pushgateway"),
    ready="/-/ready",
    title="Pushgateway",
    package="prometheus-pushgateway",
)
NODE_EXPORTER = Server(
    name="node_exporter",
    commands=("node_exporter", "prometheus-node-exporter"),
    ready="/",
    title="node exporter",
    package="prometheus-node-exporter",
)
ALERTMANAGER = Server(
    name="alertmanager",
    commands=("alertmanager", "prometheus-alertmanager"),
    ready="/-/ready",
    title="Alertmanager",
    package="prometheus-alertmanager",
)
PROMETHEUS = Server(
    name="prometheus", commands=("prometheus",), ready="/-/ready", title="Prometheus", package="prometheus"
)
GRAFANA = Server(name="grafana", commands=("grafana",), ready="/api/health", title="Grafana", asks_for_password=False)
"""Used if it is installed, never installed."""

SERVERS = (PUSHGATEWAY, NODE_EXPORTER, ALERTMANAGER, PROMETHEUS, GRAFANA)
"""In the order in which they start."""
INSTALLED = tuple(server for server in SERVERS if server.package)
"""Those that `make up` installs where they are missing."""
PROMTOOL = "promtool"
"""What checks rules and configurations; it comes with Prometheus."""
