"""The settings of `local` and `ops`, each an environment variable of the same name in capitals."""

from __future__ import annotations

import platform
import re
import sys
from enum import StrEnum
from pathlib import Path

from pydantic import Field, PositiveFloat, field_validator
from pydantic_settings import BaseSettings

ROOT = Path(__file__).resolve().parent.parent

DEFAULT_NAME = "SentimentLoop"
DEFAULT_ENDPOINT = "http://127.0.0.1:4566"
_COMMAND = re.compile(
    r"\bmake (up|status|logs|down|reset|deploy|destroy|retrain|rollback|traffic|bundle|reconcile|drill)\b"
)


_COMPOSE = "docker compose -f localstack-compose.yml"
_OF_COMPOSE = {
    "up": "up -d --wait",
    "deploy": "up -d --wait",
    "logs": "logs",
    "down": "down",
    "destroy": "down --volumes",
    "reset": "down --volumes",
}


class Target(StrEnum):
    """Where the stacks are deployed to."""

    LOCAL = "local"
    LOCALSTACK = "localstack"
    AWS = "aws"


class Monitoring(StrEnum):
    """Where the servers of the monitoring may come from."""

    AUTO = "auto"
    """From this machine; what is missing is installed or downloaded."""
    INSTALLED = "installed"
    """From this machine only."""
    OFF = "off"
    """None is started."""


class Servers(StrEnum):
    """Who runs the loop's servers, and so where they are."""

    SUPERVISED = "supervised"
    """This folder's supervisor, all on loopback."""
    CONTAINERS = "containers"
    """Docker Compose, each in a container with the server's name as its host name and its default port."""


class AlertWindows(StrEnum):
    """How far the alert that is drilled looks back, and how long it waits."""

    REAL = "real"
    """As always: minutes, with some alerts half an hour."""
    SHORTENED = "shortened"
    """Seconds, for as long as the drill goes on."""


class Settings(BaseSettings):
    """The settings of `make up` and the other commands."""

    target: Target = Target.LOCAL
    servers: Servers = Servers.SUPERVISED
    # The pattern is also in infra_cdk and feature_repo, which cannot be imported here.
    loop_name: str = Field(default=DEFAULT_NAME, pattern=r"^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$", max_length=30)
    """The prefix of the stacks' names: loops with different names can share a target."""
    local_dir: Path = ROOT / ".local"
    """The folder for everything created at run time: state, logs, databases, sockets."""
    endpoint: str = DEFAULT_ENDPOINT
    """The URL of LocalStack; used for the target `localstack` only."""
    published_endpoint: str = DEFAULT_ENDPOINT
    """The URL of a LocalStack in a container as this machine reaches it."""
    emulator_port: int = Field(default=4566, ge=1, le=65535)
    mlflow_port: int = Field(default=5001, ge=1, le=65535)
    airflow_port: int = Field(default=8080, ge=1, le=65535)
    frontend: bool = True
    """Whether `make up` serves the web pages."""
    frontend_port: int = Field(default=8501, ge=1, le=65535)
    mwaa_port: int = Field(default=5002, ge=1, le=65535)
    """The port of the MWAA API in front of Airflow."""
    pushgateway_port: int = Field(default=9091, ge=1, le=65535)
    prometheus_port: int = Field(default=9090, ge=1, le=65535)
    alertmanager_port: int = Field(default=9093, ge=1, le=65535)
    node_exporter_port: int = Field(default=9100, ge=1, le=65535)
    grafana_port: int = Field(default=3000, ge=1, le=65535)
    monitoring: Monitoring = Monitoring.AUTO
    releases_url: str = Field(default="https://github.com", pattern=r"^https?://\S+$")
    """Where the release archives of the monitoring are downloaded from: GitHub, or a mirror with its paths."""
    alert_rules: Path = ROOT / "monitoring" / "prometheus" / "rules"
    """The folder with the rule files that Prometheus evaluates, `*.yml`."""
    windows: AlertWindows = AlertWindows.REAL
    """Those of the alert that `make drill` drills."""
    start_timeout_s: PositiveFloat = 120.0
    """How long a server may take to answer."""
    localstack_timeout_s: PositiveFloat = 60.0
    """How long to wait for LocalStack."""
    stop_timeout_s: PositiveFloat = 60.0
    """How long a server may take to save its state and end."""
    deploy_timeout_s: PositiveFloat = 600.0
    train_timeout_s: PositiveFloat = 900.0
    retrain_timeout_s: PositiveFloat = 3600.0
    """How long `make retrain` follows a run."""
    force: bool = False
    """Retrain during the cooldown after the last run, and even when there is nothing new."""
    yes: bool = False
    """Remove without asking."""

    @field_validator("local_dir")
    @classmethod
    def _can_be_configured(cls, folder: Path) -> Path:
        if set(str(folder)) & set('%;#"\n:?'):  # the last two separate the parts of PYTHONPATH and of a SQLite URL
            raise ValueError('a path that contains % ; # : ? " or a line break cannot be used')
        return folder

    @property
    def state_dir(self) -> Path:
        """The loop's folder: loops of different targets or names share no servers, databases or outputs."""
        folder = self.local_dir.resolve()
        if self.loop_name != DEFAULT_NAME:
            return folder / f"{self.target.value}-{self.loop_name}"
        return folder if self.target is Target.LOCAL else folder / self.target.value

    @property
    def data_stack(self) -> str:
        """The stack with the data, which is kept."""
        return f"{self.loop_name}-Data"

    @property
    def serving_stack(self) -> str:
        """The stack with the API and its functions, which can be rebuilt."""
        return f"{self.loop_name}-Serving"

    @property
    def retraining_stack(self) -> str:
        """The stack that retrains the model."""
        return f"{self.loop_name}-Retraining"

    @property
    def stacks(self) -> tuple[str, ...]:
        """Every stack of the loop."""
        return self.data_stack, self.serving_stack, self.retraining_stack

    def command(self, name: str) -> str:
        """A Makefile command with the variables that select this loop; `up` is for the embedded emulator only.

        Of a loop in containers, Docker Compose's command that does the same.
        """
        if self.servers is Servers.CONTAINERS:
            return f"{_COMPOSE} {_OF_COMPOSE.get(name, f'run --rm deploy python -m ops {name}')}"
        variables = {}
        if self.target is not Target.LOCAL:
            name = "deploy" if name == "up" else name
            variables["TARGET"] = self.target.value
        if self.loop_name != DEFAULT_NAME:
            variables["LOOP_NAME"] = self.loop_name
        if self.target is Target.LOCALSTACK and self.endpoint != DEFAULT_ENDPOINT:
            variables["ENDPOINT"] = self.endpoint
        return " ".join([f"make {name}", *(f"{variable}={value}" for variable, value in variables.items())])

    def addressed(self, text: str) -> str:
        """The text with every command completed by `command`, so that it can be copied from the terminal."""
        return _COMMAND.sub(lambda found: self.command(found.group(1)), text)

    @property
    def runs_emulator(self) -> bool:
        """Whether the commands run the emulator themselves."""
        return self.target is Target.LOCAL

    @property
    def programs_dir(self) -> Path:
        """The folder of downloaded programs, which all loops of `local_dir` share."""
        return self.local_dir.resolve() / "programs"

    @property
    def logs_dir(self) -> Path:
        """The folder with one log for each server and step."""
        return self.state_dir / "logs"


def interpreter() -> str:
    """The Python and processor that functions are packaged for: those that the emulator runs them on."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}-{platform.machine()}"
