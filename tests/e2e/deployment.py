"""Brings a loop up the way people do, on an emulator of its own or on the endpoint that ENDPOINT names."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3

from tests.e2e.loop import ROOT, Loop

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STACKS = {"SentimentLoop-Data", "SentimentLoop-Serving"}


@dataclass(frozen=True)
class Deployment:
    """One loop with its own folder; `endpoint` is None where it runs its own emulator."""

    folder: Path
    endpoint: str | None
    environment: Mapping[str, str]

    @classmethod
    def on_own_emulator(cls, folder: Path) -> Deployment:
        """A loop on an embedded emulator, all of it on free ports."""
        ports = {"EMULATOR_PORT": str(free_port()), "MLFLOW_PORT": str(free_port())}
        return cls(folder, None, {"TARGET": "local", "LOCAL_DIR": str(folder), **ports})

    @classmethod
    def on_endpoint(cls, folder: Path, endpoint: str) -> Deployment:
        """A loop on an emulator that runs already.

        Raises:
            RuntimeError: A loop is deployed there, which the suite would destroy.
        """
        present = STACKS & _stacks(endpoint)
        if present:
            raise RuntimeError(
                f"{', '.join(sorted(present))} at {endpoint} would be destroyed by this suite: choose another endpoint"
            )
        environment = {
            "TARGET": "localstack", "ENDPOINT": endpoint,
            "LOCAL_DIR": str(folder), "MLFLOW_PORT": str(free_port()),
        }  # fmt: skip
        return cls(folder, endpoint, environment)

    def deploy(self) -> str:
        """`make up`, or `make deploy` where the emulator is somebody else's; return what it printed."""
        return self.local("up" if self.endpoint is None else "deploy")

    def redeploy(self) -> Loop:
        """Deploy again although nothing has changed."""
        self.local("deploy")
        return self.loop()

    def destroy(self) -> None:
        """Remove the stacks and check that none is left; then end every server of this deployment."""
        self.local("destroy", "--yes")
        left = STACKS & _stacks(self.loop().environment["AWS_ENDPOINT_URL"])
        assert not left, f"still there after destroy: {left}"

    def stop(self) -> None:
        """End every server of this deployment and remove its folder."""
        self.local("reset", "--yes")

    def local(self, *arguments: str) -> str:
        """Run one of the commands behind the Makefile's targets; return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "local", *arguments],
            cwd=ROOT, env={**os.environ, **self.environment}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"local {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def loop(self) -> Loop:
        """What is deployed, from the files that people read."""
        state = self.folder if self.endpoint is None else self.folder / "localstack"
        found = json.loads((state / "outputs.json").read_text())
        exported = [line.removeprefix("export ").partition("=") for line in (state / "env").read_text().splitlines()]
        environment = {name: shlex.split(value)[0] for name, _, value in exported}
        return Loop(found["api_url"], found["api_key"], found, environment)


def free_port() -> int:
    """Return a port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _stacks(endpoint: str) -> set[str]:
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    stacks = session.client("cloudformation", endpoint_url=endpoint).list_stacks()["StackSummaries"]
    return {stack["StackName"] for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"}
