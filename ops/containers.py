"""The two steps of `localstack-compose.yml` that end: deploy the stacks, and give the servers a model to serve.

Each runs in a container, with `SERVERS=containers`. In between, Docker Compose starts the servers as they are described
here, by `local.containers.serve`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.table import Table

from local import programs, start
from local.airflow.programs import AIRFLOW, MWAA
from local.files import write_whole
from local.loop import port_in_container
from local.monitoring import configuration
from local.monitoring.programs import home
from local.monitoring.servers import INSTALLED
from local.settings import ROOT, Servers
from ops import alerting, aws, bundle, deploy, first_model, outputs, prediction, up

if TYPE_CHECKING:
    from local.loop import Loop
    from local.supervision import Program

PUBLISHED = "published"
"""The folder with `outputs.json` and `env` for this machine, outside the containers."""
PROGRAMS_FILE = "programs.json"
"""The command and the environment of each server, for this user only: some have an API key."""


def deploy_for_containers(loop: Loop) -> None:
    """Deploy the stacks and upload the bundle, unless that is done; write what the servers start with.

    Raises:
        LocalError: A step failed.
    """
    up.find_localstack(loop)
    loop = alerting.with_rules(loop)
    difference = deploy.difference(loop)
    if difference is deploy.Difference.REMOVED:  # with its container, LocalStack loses everything
        prediction.forget(loop)
    if difference:
        up.deploy_stacks(loop)
    found = outputs.write(loop)
    with loop.terminal.step("Describe the servers", key="servers", usual_s=5) as step:
        bundle.publish(loop, found)
        servers = _servers(loop, found)
        described = {one.name: {"command": one.command, "environment": one.environment} for one in servers}
        write_whole(loop.state_dir / PROGRAMS_FILE, json.dumps(described))
        configuration.write(
            home(loop.state_dir),
            {server.name: f"{server.name}:{port_in_container(server.name)}" for server in INSTALLED},
            rules_dir=loop.settings.alert_rules,
            alerting=alerting.configured(loop, found),
        )
        step.detail = ", ".join(described)


def train_for_containers(loop: Loop) -> None:
    """Make sure that a model is in production and answers, and that the pages have something to show.

    Raises:
        LocalError: A step failed.
    """
    found = outputs.require(loop, outputs.NEWEST)
    first_model.ensure(loop, found)
    up.predict(loop, found)
    outside = published(loop, found)
    folder = loop.state_dir / PUBLISHED
    folder.mkdir(exist_ok=True)
    write_whole(folder / "outputs.json", json.dumps(outside, indent=2) + "\n")
    write_whole(folder / "env", outputs.exports(for_this_machine(loop, outside)))
    _show(loop, outside)


def published(loop: Loop, found: dict[str, str]) -> dict[str, str]:
    """Return the outputs of a deployment with the addresses that lead to the containers from this machine."""
    outside = replace(loop, settings=loop.settings.model_copy(update={"servers": Servers.SUPERVISED}))
    addresses = {loop.endpoint: loop.settings.published_endpoint} | {
        getattr(loop, name): getattr(outside, name)
        for name in ("frontend_url", "mlflow_url", "airflow_url", "mwaa_url")
    }
    for server in outputs.OF_MONITORING:
        inside = f"{server.name}:{port_in_container(server.name)}"
        addresses[inside] = f"127.0.0.1:{getattr(loop.settings, f'{server.name}_port')}"
    for inside, address in addresses.items():
        found = {name: value.replace(inside, address) for name, value in found.items()}
    return found


def for_this_machine(loop: Loop, outside: dict[str, str]) -> dict[str, str]:
    """Return the environment variables with which commands of this machine use the loop."""
    variables = outputs.for_commands(loop, outside)
    paths = (str(ROOT), str(loop.state_dir))
    variables = {name: value for name, value in variables.items() if not value.startswith(paths)}
    # MLflow would send its clients to LocalStack for artifacts, by the name that it has for containers only.
    return variables | {"MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD": "false"}


def _servers(loop: Loop, found: dict[str, str]) -> list[Program]:
    s3, folder = aws.client(loop, "s3"), loop.state_dir
    mlflow = programs.mlflow_program(
        folder, port_in_container(programs.MLFLOW), endpoint=loop.endpoint, artifacts_bucket=found["ArtifactsBucket"]
    )
    frontend = programs.frontend_program(
        folder, port_in_container(programs.FRONTEND), outputs.for_commands(loop, found)
    )
    ports = port_in_container(AIRFLOW), port_in_container(MWAA)
    return [mlflow, frontend, *start.prepare_airflow(loop, s3, *ports, bucket=found["MwaaBucket"])]


def _show(loop: Loop, found: dict[str, str]) -> None:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name in ("frontend_url", "api_url", "api_key", "reviewers_api_key", "airflow_url", "mlflow_url", "grafana_url"):
        table.add_row(name.replace("_", " "), found[name])
    loop.terminal.console.print(table)
