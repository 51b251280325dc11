"""One loop as the commands see it: its settings, folder, supervisor, ports and addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.ports import HOST, Ports
from local.supervision import Supervisor

if TYPE_CHECKING:
    from pathlib import Path

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


def open_loop(settings: Settings, terminal: Terminal) -> Loop:
    """The loop that the settings name. Starts nothing."""
    state_dir = settings.state_dir
    supervisor = Supervisor(state_dir, stop_timeout_s=settings.stop_timeout_s)
    return Loop(settings, terminal, supervisor, Ports(state_dir / "ports.json"))
