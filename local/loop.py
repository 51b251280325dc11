"""One loop as the commands see it: its settings, folder, supervisor, ports and addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.monitoring import password
from local.monitoring.programs import home
from local.monitoring.servers import PUSHGATEWAY
from local.ports import HOST, Ports
from local.settings import Monitoring, Servers, Settings, Target
from local.supervision import Supervisor

if TYPE_CHECKING:
    from pathlib import Path

    from local.monitoring.servers import Server
    from local.terminal import Terminal


@dataclass(frozen=True)
class Loop:
    """The loop that a command works on."""

    settings: Settings
    terminal: Terminal
    supervisor: Supervisor
    ports: Ports

    @property
    def state_dir(self) -> Path:
        """The loop's folder."""
        return self.settings.state_dir

    @property
    def endpoint(self) -> str:
        """The URL of the emulator or LocalStack."""
        if self.settings.runs_emulator:
            return self._url("emulator")
        return self.settings.endpoint.rstrip("/")

    @property
    def frontend_url(self) -> str:
        """The URL of the web pages."""
        return self._url("frontend")

    @property
    def mlflow_url(self) -> str:
        """The URL of MLflow."""
        return self._url("mlflow")

    @property
    def airflow_url(self) -> str:
        """The URL of Airflow's interface and API."""
        return self._url("airflow")

    @property
    def mwaa_url(self) -> str:
        """The URL of the MWAA API in front of Airflow."""
        return self._url("mwaa")

    @property
    def pushgateway_url(self) -> str:
        """The URL of Pushgateway, with user and password; empty when it was never started."""
        return self.monitoring_url(PUSHGATEWAY, with_password=True)

    def monitoring_url(self, server: Server, *, with_password: bool = False) -> str:
        """A server of the monitoring: its URL, with user and password if it asks for them; empty when it never ran."""
        if self.settings.target is Target.AWS or self.settings.monitoring is Monitoring.OFF:
            return ""
        if self.settings.servers is Servers.SUPERVISED and server.name not in self.ports.known():
            return ""
        if with_password and server.asks_for_password:
            return self._url(server.name, f"{password.USER}:{password.ensure(home(self.state_dir))}@")
        return self._url(server.name)

    def _url(self, server: str, login: str = "") -> str:
        if self.settings.servers is Servers.CONTAINERS:
            return f"http://{login}{server}:{port_in_container(server)}"
        return f"http://{login}{HOST}:{self.ports.known().get(server) or getattr(self.settings, f'{server}_port')}"


def port_in_container(server: str) -> int:
    """The port on which a server listens in its container, whatever port of this machine leads there."""
    return int(Settings.model_fields[f"{server}_port"].default)


def open_loop(settings: Settings, terminal: Terminal) -> Loop:
    """The loop that the settings name. Starts nothing."""
    state_dir = settings.state_dir
    supervisor = Supervisor(state_dir, stop_timeout_s=settings.stop_timeout_s)
    return Loop(settings, terminal, supervisor, Ports(state_dir / "ports.json"))
