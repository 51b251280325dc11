"""The summary after `make up`: addresses, credentials, state, differences from AWS, one command to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from local.airflow.programs import AIRFLOW, MWAA, home
from local.airflow.secrets import PASSWORDS_FILE, USER
from local.monitoring import password
from local.monitoring.programs import home as monitoring_home
from local.monitoring.servers import GRAFANA
from local.programs import EMULATOR, FRONTEND, LOCALSTACK, MLFLOW
from local.settings import ROOT, Target
from ops import prediction, status
from ops.outputs import OF_MONITORING

if TYPE_CHECKING:
    from pathlib import Path

    from local.loop import Loop

DIFFERENCES = {
    Target.LOCAL: (
        "Unlike on AWS, IAM permissions and memory limits are not enforced, any credentials are accepted, and all data "
        "is on one machine. See docs/targets.md"
    ),
    Target.LOCALSTACK: (
        "Unlike on AWS, IAM permissions are not enforced, any credentials are accepted, and all data is lost when the "
        "container stops. See docs/targets.md"
    ),
}


def show(loop: Loop, found: dict[str, str]) -> None:
    """Print the summary."""
    console = loop.terminal.console
    rows = [row for row in status.ask_all(loop) if not row.absent]
    states = {row.name: ", ".join(filter(None, (row.state, row.note))) for row in rows}
    cloud = EMULATOR if loop.settings.runs_emulator else LOCALSTACK
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    if FRONTEND in states:
        table.add_row("pages", f"{found['frontend_url']}  ({states[FRONTEND]}; try the model)")
    table.add_row("API", f"{found['api_url']}  ({states['api']})")
    table.add_row("API documentation", f"{found['api_url']}/docs")
    table.add_row("API key", found["api_key"])
    table.add_row("reviewers' API key", found["reviewers_api_key"])
    table.add_row("MLflow", f"{found['mlflow_url']}  ({states[MLFLOW]}; runs, models; no login)")
    login = f"login {USER}, password: {_short(home(loop.state_dir) / PASSWORDS_FILE)}"
    table.add_row("Airflow", f"{found['airflow_url']}  ({states[AIRFLOW]}; {login})")
    table.add_row("MWAA API", f"{found['mwaa_url']}  ({states[MWAA]}; environment {loop.settings.loop_name})")
    for server in OF_MONITORING:
        if server.name in states:
            told = f"; {_login(loop)}" if server.asks_for_password or server is GRAFANA else ""
            table.add_row(server.title, f"{loop.monitoring_url(server)}  ({states[server.name]}{told})")
    table.add_row("AWS endpoint", f"{found['endpoint']}  ({states[cloud]}; access key test, secret test, us-east-1)")
    table.add_row("for your shell", f". {_short(loop.state_dir / 'env')}")
    data = f"{_short(loop.state_dir)}  (kept by make down, removed by make reset)"
    table.add_row("data and logs", loop.settings.addressed(data))
    console.print()
    console.print(table)
    console.print(f"\n{DIFFERENCES[loop.settings.target]}", style="dim", soft_wrap=True)
    console.print("\nMake a prediction:\n", style="bold")
    console.print(prediction.curl(found), soft_wrap=True, markup=False)
    console.print()


def _login(loop: Loop) -> str:
    return f"login {password.USER}, password: {_short(monitoring_home(loop.state_dir) / password.FILE)}"


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
