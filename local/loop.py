"""One loop as the commands see it: its settings, folder, supervisor, ports and addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.monitoring import password
from local.monitoring.programs import home
from local.monitoring.servers import PUSHGATEWAY
from local.ports import HOST, Ports
from local.settings import Monitoring, Target
from local.supervision import Supervisor

if TYPE_CHECKING:
    from pathlib import Path

    from local.monitoring.servers import Server
    from local.settings import Settings
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
            return f"http://{HOST}:{self.ports.known().get('emulator', self.settings.emulator_port)}"
        return self.settings.endpoint.rstrip("/")

    @property
    def frontend_url(self) -> str:
        """The URL of the web pages."""
        return f"http://{HOST}:{self.ports.known().get('frontend', self.settings.frontend_port)}"

    @property
    def mlflow_url(self) -> str:
        """The URL of MLflow."""
        return f"http://{HOST}:{self.ports.known().get('mlflow', self.settings.mlflow_port)}"

    @property
    def airflow_url(self) -> str:
        """The URL of Airflow's interface and API."""
        return f"http://{HOST}:{self.ports.known().get('airflow', self.settings.airflow_port)}"

    @property
    def mwaa_url(self) -> str:
        """The URL of the MWAA API in front of Airflow."""
        return f"http://{HOST}:{self.ports.known().get('mwaa', self.settings.mwaa_port)}"

    @property
    def pushgateway_url(self) -> str:
        """The URL of Pushgateway, with user and password; empty when it was never started."""
        return self.monitoring_url(PUSHGATEWAY, with_password=True)

    def monitoring_url(self, server: Server, *, with_password: bool = False) -> str:
        """A server of the monitoring: its URL, with user and password if it asks for them; empty when it never ran."""
        port = self.ports.known().get(server.name)
        if not port or self.settings.target is Target.AWS or self.settings.monitoring is Monitoring.OFF:
            return ""
        if with_password and server.asks_for_password:
            return f"http://{password.USER}:{password.ensure(home(self.state_dir))}@{HOST}:{port}"
        return f"http://{HOST}:{port}"


def open_loop(settings: Settings, terminal: Terminal) -> Loop:
    """The loop that the settings name. Starts nothing."""
    state_dir = settings.state_dir
    supervisor = Supervisor(state_dir, stop_timeout_s=settings.stop_timeout_s)
    return Loop(settings, terminal, supervisor, Ports(state_dir / "ports.json"))
