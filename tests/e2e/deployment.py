"""Brings a loop up as people do, on its own emulator or as a guest on one that runs already."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import boto3

from local.monitoring.servers import SERVERS
from local.ports import free_port
from local.programs import FRONTEND
from tests.e2e.loop import ROOT, Loop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _other_ports() -> dict[str, str]:
    return {f"{name.upper()}_PORT": str(free_port()) for name in (FRONTEND, *(server.name for server in SERVERS))}


@dataclass(frozen=True)
class Deployment:
    """One loop with its own folder on the emulator at `endpoint`; the ports are those of its servers."""

    folder: Path
    endpoint: str
    loop_name: str
    owns_emulator: bool
    mlflow_port: int
    airflow_port: int
    mwaa_port: int
    other_ports: dict[str, str] = field(default_factory=_other_ports)
    """The settings of the ports of the web pages, and of Prometheus and the servers around it."""

    @classmethod
    def on_own_emulator(cls, folder: Path) -> Deployment:
        """A loop on an embedded emulator, with free ports."""
        endpoint = f"http://127.0.0.1:{free_port()}"
        return cls(folder, endpoint, "SentimentLoop", True, free_port(), free_port(), free_port())  # noqa: FBT003 (owns_emulator)

    @classmethod
    def as_guest(cls, folder: Path, endpoint: str, *, loop_name: str) -> Deployment:
        """A loop on an emulator that runs already, beside other loops.

        Raises:
            RuntimeError: A loop with that name exists there, which would be destroyed with this one.
        """
        guest = cls(folder, endpoint, loop_name, False, free_port(), free_port(), free_port())  # noqa: FBT003 (owns_emulator)
        if present := guest.stacks():
            raise RuntimeError(
                f"{', '.join(sorted(present))} at {endpoint} are used by another run of this suite, or left over from "
                f"one. To remove them: make destroy TARGET=localstack ENDPOINT={endpoint} LOOP_NAME={loop_name}"
            )
        return guest

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of this deployment's commands."""
        common = {
            "LOCAL_DIR": str(self.folder),
            "LOOP_NAME": self.loop_name,
            "MLFLOW_PORT": str(self.mlflow_port),
            "AIRFLOW_PORT": str(self.airflow_port),
            "MWAA_PORT": str(self.mwaa_port),
            **self.other_ports,
            "RETRAIN_SCHEDULE": "never",  # the suite may run at three on a Monday, too
        }
        if self.owns_emulator:
            return {**common, "TARGET": "local", "EMULATOR_PORT": self.endpoint.rpartition(":")[2]}
        return {**common, "TARGET": "localstack", "ENDPOINT": self.endpoint}

    @property
    def state_dir(self) -> Path:
        """Where this deployment's `outputs.json` and `env` are."""
        return self.folder if self.owns_emulator else self.folder / f"localstack-{self.loop_name}"

    def deploy(self, checkout: Path = ROOT) -> str:
        """Run `make up`, or `make deploy` on another's emulator; return its output."""
        return self.local("up" if self.owns_emulator else "deploy", checkout=checkout)

    def redeploy(self, checkout: Path = ROOT) -> Loop:
        """Deploy from a checkout even if nothing has changed."""
        self.local("deploy", checkout=checkout)
        return self.loop()

    def destroy(self) -> None:
        """Remove the stacks, and check that none is left."""
        self.local("destroy", "--yes")
        left = self.stacks()
        assert not left, f"still there after destroy: {left}"

    def stop(self) -> None:
        """Stop every server of this deployment and remove its data."""
        self.local("reset", "--yes")

    def local(self, *arguments: str, checkout: Path = ROOT) -> str:
        """Run one of the commands behind the Makefile's targets; return its output."""
        done = subprocess.run(
            [sys.executable, "-m", "ops", *arguments],
            cwd=checkout, env={**os.environ, **self.environment}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"local {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def loop(self) -> Loop:
        """The deployed loop, from the files that people read."""
        found = json.loads((self.state_dir / "outputs.json").read_text())
        return Loop(found["api_url"], found["api_key"], found, exported((self.state_dir / "env").read_text()))

    def stacks(self) -> set[str]:
        """The existing stacks with this loop's name."""
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
        pages = session.client("cloudformation", endpoint_url=self.endpoint).get_paginator("list_stacks").paginate()
        found = [stack for page in pages for stack in page["StackSummaries"]]
        there = {stack["StackName"] for stack in found if stack["StackStatus"] != "DELETE_COMPLETE"}
        return there & {f"{self.loop_name}-{part}" for part in ("Data", "Serving", "Retraining")}


def exported(lines: str) -> dict[str, str]:
    """The variables that a file exports, but for the PATH."""
    exported = [line.removeprefix("export ").partition("=") for line in lines.splitlines()]
    return {name: shlex.split(value)[0] for name, _, value in exported if name != "PATH"}


@contextmanager
def deployed(deployment: Deployment, checkout: Path = ROOT) -> Iterator[Deployment]:
    """Deploy from a checkout for the body; afterwards, even if that failed, remove the stacks and stop the servers."""
    with ExitStack() as ends:
        ends.callback(deployment.stop)
        ends.callback(deployment.destroy)
        deployment.deploy(checkout)
        yield deployment
