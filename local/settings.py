"""Every setting of this room, each an environment variable of the same name in capitals."""

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
_COMMAND = re.compile(r"\bmake (up|status|logs|down|reset|deploy|destroy|retrain|rollback|traffic|bundle)\b")


class Target(StrEnum):
    """Where the stacks are deployed to."""

    LOCAL = "local"
    LOCALSTACK = "localstack"
    AWS = "aws"


class Settings(BaseSettings):
    """What `make up` and its sisters can be told."""

    target: Target = Target.LOCAL
    loop_name: str = Field(default=DEFAULT_NAME, pattern=r"^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$", max_length=30)
    """What the names of the stacks begin with: loops of different names live side by side on one target."""
    local_dir: Path = ROOT / ".local"
    """Everything that is made at run time: state, logs, databases, sockets."""
    endpoint: str = DEFAULT_ENDPOINT
    """Where LocalStack listens; read for the target `localstack` only."""
    emulator_port: int = Field(default=4566, ge=1, le=65535)
    mlflow_port: int = Field(default=5001, ge=1, le=65535)
    airflow_port: int = Field(default=8080, ge=1, le=65535)
    mwaa_port: int = Field(default=5002, ge=1, le=65535)
    """Of the MWAA API in front of Airflow."""
    start_timeout_s: PositiveFloat = 120.0
    """How long a server may take until it answers."""
    localstack_timeout_s: PositiveFloat = 60.0
    """How long to wait for a LocalStack that was started beside this."""
    stop_timeout_s: PositiveFloat = 60.0
    """How long a server may take to save its state and end."""
    deploy_timeout_s: PositiveFloat = 600.0
    train_timeout_s: PositiveFloat = 900.0
    retrain_timeout_s: PositiveFloat = 3600.0
    """How long `make retrain` follows a run."""
    force: bool = False
    """Retrain within the cooldown of the last run, and though there is nothing new."""
    yes: bool = False
    """Remove without asking."""

    @field_validator("local_dir")
    @classmethod
    def _can_be_configured(cls, folder: Path) -> Path:
        if set(str(folder)) & set('%;#"\n:?'):  # the last two part what PYTHONPATH and an address of SQLite are made of
            raise ValueError('a folder with % ; # : ? " or a line break in its name cannot be used')
        return folder

    @property
    def state_dir(self) -> Path:
        """The loop's own folder: targets and names do not share servers, databases or outputs."""
        folder = self.local_dir.resolve()
        if self.loop_name != DEFAULT_NAME:
            return folder / f"{self.target.value}-{self.loop_name}"
        return folder if self.target is Target.LOCAL else folder / self.target.value

    @property
    def data_stack(self) -> str:
        """The stack of what is kept."""
        return f"{self.loop_name}-Data"

    @property
    def serving_stack(self) -> str:
        """The stack of what can be made again."""
        return f"{self.loop_name}-Serving"

    @property
    def retraining_stack(self) -> str:
        """The stack of what makes the next model."""
        return f"{self.loop_name}-Retraining"

    @property
    def stacks(self) -> tuple[str, ...]:
        """Every stack of the loop."""
        return self.data_stack, self.serving_stack, self.retraining_stack

    def command(self, name: str) -> str:
        """How a command of the Makefile is typed so that it means this loop; `up` is for the embedded emulator only."""
        told = {}
        if self.target is not Target.LOCAL:
            name = "deploy" if name == "up" else name
            told["TARGET"] = self.target.value
        if self.loop_name != DEFAULT_NAME:
            told["LOOP_NAME"] = self.loop_name
        if self.target is Target.LOCALSTACK and self.endpoint != DEFAULT_ENDPOINT:
            told["ENDPOINT"] = self.endpoint
        return " ".join([f"make {name}", *(f"{variable}={value}" for variable, value in told.items())])

    def addressed(self, text: str) -> str:
        """A text in which every command means this loop, for what is printed to be copied."""
        return _COMMAND.sub(lambda found: self.command(found.group(1)), text)

    @property
    def runs_emulator(self) -> bool:
        """Whether this room runs the emulator."""
        return self.target is Target.LOCAL

    @property
    def logs_dir(self) -> Path:
        """One log a server and a step."""
        return self.state_dir / "logs"


def interpreter() -> str:
    """What the functions are packaged for: the emulator runs them with this Python on this processor."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}-{platform.machine()}"
