"""`localstack-compose.yml` as Docker Compose reads it, and the images' descriptions. No Docker engine is needed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from local.monitoring.releases import RELEASES
from local.settings import ROOT, Settings
from tests.compose import compose

FILE = ROOT / "localstack-compose.yml"
ENDING = {"deploy", "train"}
PUBLISHED = {
    "localstack": 4566,
    "frontend": 8501,
    "airflow": 8080,
    "mlflow": 5001,
    "mwaa": 5002,
    "grafana": 3000,
    "prometheus": 9090,
    "pushgateway": 9091,
    "alertmanager": 9093,
}
"""The addresses that people expect."""


@cache
def config(environment: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
    """The file as Compose reads it."""
    done = subprocess.run(
        [compose(), "-f", str(FILE), "config", "--format", "json"],
        env={"PATH": os.environ["PATH"], **dict(environment)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def services(**environment: str) -> dict[str, Any]:
    found: dict[str, Any] = config(tuple(environment.items()))["services"]
    return found


def test_every_image_has_a_version() -> None:
    images = {name: service["image"] for name, service in services().items()}
    assert [name for name, image in images.items() if not re.search(r":[^:]*[0-9]", image)] == [
        name for name, image in images.items() if image == "sentiment-loop:local"
    ]
    assert images["localstack"] == "localstack/localstack:4.14.0", "the last that needs no token"


def test_the_monitoring_has_the_versions_that_a_laptop_downloads() -> None:
    found = services()
    for name, release in RELEASES.items():
        assert found[name]["image"].endswith(f":v{release.version}")


def test_a_newer_localstack_takes_its_token() -> None:
    service = services(LOCALSTACK_TAG="2026.3", LOCALSTACK_AUTH_TOKEN="ls-token")["localstack"]
    assert service["image"] == "localstack/localstack:2026.3"
    assert service["environment"]["LOCALSTACK_AUTH_TOKEN"] == "ls-token"


def test_ports_are_those_that_people_expect_and_on_loopback_only() -> None:
    found = {name: service.get("ports", []) for name, service in services().items()}
    assert {name: int(ports[0]["published"]) for name, ports in found.items() if ports} == PUBLISHED
    assert {port["host_ip"] for ports in found.values() for port in ports} == {"127.0.0.1"}
    for name in PUBLISHED.keys() - {"localstack"}:
        assert Settings.model_fields[f"{name}_port"].default == found[name][0]["target"]


@pytest.mark.parametrize("server", sorted(PUBLISHED))
def test_another_port_of_this_machine_is_told_to_whoever_shows_addresses(server: str) -> None:
    changed = services(**{f"{server.upper()}_PORT": "12345"})
    assert changed[server]["ports"][0]["published"] == "12345"
    assert "12345" in json.dumps(changed["train"]["environment"])


def test_every_server_is_watched_limited_and_no_root() -> None:
    for name, service in services().items():
        assert service["mem_limit"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["restart"] == ("no" if name in ENDING else "unless-stopped"), name
        assert ("healthcheck" in service) is (name not in ENDING), name
        assert service.get("user", "root") != "root" or name == "localstack", "it starts the functions' containers"


def test_whatever_others_wait_for_is_healthy_or_has_ended_well() -> None:
    for name, service in services().items():
        for other, how in service.get("depends_on", {}).items():
            ended = "service_completed_successfully"
            assert how["condition"] == (ended if other in ENDING else "service_healthy"), (name, other)


def test_what_ends_is_waited_for_by_a_server() -> None:
    """Else `up --wait` takes an end for a failure."""
    servers = [service for name, service in services().items() if name not in ENDING]
    assert {other for service in servers for other in service.get("depends_on", {})} >= ENDING


def test_the_only_password_has_a_default_and_is_not_published() -> None:
    assert "ports" not in services()["postgres"]
    given = json.dumps(services(POSTGRES_PASSWORD="secret"))
    assert given.count("secret@postgres") == given.count("@postgres/")


def test_without_airflow_and_grafana_the_pages_are_there() -> None:
    """`up frontend` starts what it depends on."""
    found = services()
    wanted, needed = ["frontend"], set()
    while wanted:
        name = wanted.pop()
        needed.add(name)
        wanted += found[name].get("depends_on", {})
    assert needed == {
        "frontend", "train", "deploy", "localstack", "mlflow", "postgres", "redis", "pushgateway", "prometheus",
    }  # fmt: skip


def test_the_example_names_every_setting() -> None:
    settings = set(re.findall(r"\$\{(\w+)", FILE.read_text()))
    example = (ROOT / ".env.example").read_text()
    assert set(re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE)) == settings


def test_hadolint_finds_nothing() -> None:
    files = [ROOT / "Dockerfile", *(ROOT / ".ci").rglob("Dockerfile")]
    hadolint = str(Path(sys.executable).parent / "hadolint")
    done = subprocess.run([hadolint, *map(str, files)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == ""
    assert done.returncode == 0
