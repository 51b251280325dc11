"""`localstack-compose.yml` as Docker Compose reads it."""

from __future__ import annotations

import json
import os
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from local.settings import ROOT

FILE = ROOT / "localstack-compose.yml"


def compose() -> str:
    """The binary of Compose v2, which needs no Docker engine; the package's wrapper hides its exit code."""
    package = find_spec("compose")
    assert package is not None
    assert package.submodule_search_locations is not None
    return str(Path(package.submodule_search_locations[0]) / "docker-compose")


def config(**environment: str) -> dict[str, Any]:
    """The file as Compose reads it."""
    ambient = {name: value for name, value in os.environ.items() if not name.startswith("LOCALSTACK_")}
    done = subprocess.run(
        [compose(), "-f", str(FILE), "config", "--format", "json"],
        env=ambient | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    service: dict[str, Any] = json.loads(done.stdout)["services"]["localstack"]
    return service


def test_the_image_is_the_last_that_needs_no_token() -> None:
    assert config()["image"] == "localstack/localstack:4.14.0"


def test_a_newer_image_takes_its_token() -> None:
    service = config(LOCALSTACK_TAG="2026.3", LOCALSTACK_AUTH_TOKEN="ls-token")
    assert service["image"] == "localstack/localstack:2026.3"
    assert service["environment"]["LOCALSTACK_AUTH_TOKEN"] == "ls-token"


def test_every_port_is_bound_to_loopback() -> None:
    ports = config(LOCALSTACK_PORT="14566")["ports"]
    assert [(port["host_ip"], port["published"], port["target"]) for port in ports] == [("127.0.0.1", "14566", 4566)]


def test_compose_can_wait_until_it_is_healthy() -> None:
    assert "/_localstack/health" in " ".join(config()["healthcheck"]["test"])
