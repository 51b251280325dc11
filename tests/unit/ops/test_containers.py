"""The loop in containers, seen from inside and from this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.health import Health
from local.loop import Loop, open_loop
from local.monitoring import password
from local.monitoring.programs import home
from local.settings import Servers, Settings, Target
from local.terminal import Terminal
from ops import deploy, outputs, status
from ops.containers import for_this_machine, published

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def loop(tmp_path: Path) -> Loop:
    settings = Settings(
        local_dir=tmp_path,
        target=Target.LOCALSTACK,
        servers=Servers.CONTAINERS,
        endpoint="http://localstack:4566",
        published_endpoint="http://127.0.0.1:14566",
        mlflow_port=15001,  # of this machine
        prometheus_port=19090,
    )
    return open_loop(settings, Terminal(tmp_path / "timings.json"))


def test_containers_find_each_other_by_name_whatever_port_is_published(loop: Loop) -> None:
    assert loop.mlflow_url == "http://mlflow:5001"
    assert loop.mwaa_url == "http://mwaa:5002"
    secret = password.ensure(home(loop.state_dir))
    assert loop.pushgateway_url == f"http://{password.USER}:{secret}@pushgateway:9091"


def test_messages_name_the_commands_of_docker_compose(loop: Loop) -> None:
    said = loop.settings.addressed("make status shows what is down; make up starts it; why: make logs")
    assert said == (
        "docker compose -f localstack-compose.yml run --rm deploy python -m ops status shows what is down; "
        "docker compose -f localstack-compose.yml up -d --wait starts it; "
        "why: docker compose -f localstack-compose.yml logs"
    )


def test_only_what_docker_does_not_watch_is_in_the_status(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "ask_localstack", lambda *_, **__: Health("", {"version": "4.14.0"}))
    monkeypatch.setattr(deploy, "difference", lambda *_, **__: deploy.Difference.NOT_DEPLOYED)
    assert [(row.name, row.ok, row.state) for row in status.ask_all(loop)] == [
        ("localstack", True, "up"),
        ("api", False, "not deployed"),
    ]


def test_this_machine_is_told_the_published_addresses_with_the_passwords(loop: Loop) -> None:
    prometheus = next(server for server in outputs.OF_MONITORING if server.name == "prometheus")
    found = {
        "api_url": f"{loop.endpoint}/_aws/execute-api/abc/v1",
        "endpoint": loop.endpoint,
        "mlflow_url": loop.mlflow_url,
        "frontend_url": loop.frontend_url,
        "prometheus_url": loop.monitoring_url(prometheus, with_password=True),
        "LakeBucket": "mlflow-lake",
    }

    assert published(loop, found) == {
        "api_url": "http://127.0.0.1:14566/_aws/execute-api/abc/v1",
        "endpoint": "http://127.0.0.1:14566",
        "mlflow_url": "http://127.0.0.1:15001",
        "frontend_url": "http://127.0.0.1:8501",
        "prometheus_url": f"http://{password.USER}:{password.ensure(home(loop.state_dir))}@127.0.0.1:19090",
        "LakeBucket": "mlflow-lake",
    }


def test_a_shell_of_this_machine_gets_no_path_of_a_container(loop: Loop) -> None:
    names = {*outputs.OF_STACKS.values(), "api_url", "api_key", "reviewers_api_key", "mwaa_url", "mlflow_url"}
    found = dict.fromkeys(names | {"airflow_url", "endpoint"}, "x")
    variables = for_this_machine(loop, found)
    assert variables["API_KEY"] == "x"
    assert not {"AIRFLOW_HOME", "MPLCONFIGDIR"} & variables.keys()
    assert variables["MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD"] == "false"
