"""The command line of the alerts, `python -m monitoring.prometheus`."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from monitoring.prometheus.alertmanager import RetrainingRoute, configuration
from monitoring.prometheus.errors import PrometheusError
from monitoring.prometheus.settings import load_settings
from monitoring.prometheus.windows import REAL, SHORTENED
from monitoring.prometheus.writing import COMMITTED, write_rules
from sentiment.commands.errors import one_line_errors
from sentiment.keys import alerts_token

err = Console(stderr=True, highlight=False, soft_wrap=True)

app = typer.Typer(
    name="python -m monitoring.prometheus",
    help="Write the rules of Prometheus and the configuration of Alertmanager.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Shortened = Annotated[bool, typer.Option("--shortened", help="With the short windows of the drills.")]


@app.command()
def rules(
    *,
    folder: Annotated[Path, typer.Option(help="Where the files go.")] = COMMITTED,
    shortened: Shortened = False,
) -> None:
    """Write the rule files."""
    with one_line_errors(PrometheusError, err):
        settings = load_settings()
        windows = settings.applied_to(SHORTENED if shortened else REAL)
        write_rules(folder, windows, runbook=settings.runbook_url)


@app.command()
def alertmanager(
    *,
    api_url: Annotated[str, typer.Option(help="URL of the API's stage.", envvar="API_URL")],
    token_file: Annotated[Path, typer.Option(help="File with the token that the loop knows Alertmanager by.")],
    shortened: Shortened = False,
) -> None:
    """Print alertmanager.yml."""
    with one_line_errors(PrometheusError, err):
        settings = load_settings()
    route = RetrainingRoute(api_url, token_file.resolve())
    typer.echo(configuration(route, settings, SHORTENED if shortened else REAL), nl=False)


@app.command()
def token() -> None:
    """Read the loop's secret from the standard input, and print the token that the loop knows Alertmanager by."""
    secret = sys.stdin.read().strip()
    if not secret:
        raise typer.BadParameter("the standard input has no secret")
    typer.echo(alerts_token(secret.encode()), nl=False)
