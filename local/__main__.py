"""`python -m local <command>`: what the Makefile calls."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from local import start, stop
from local import status as status_command
from local.errors import LocalError
from local.lock import exclusive
from local.loop import Loop, open_loop
from local.settings import Settings
from local.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
INTERRUPTED = 130


@cli.command()
def up() -> None:
    """Start, deploy, train and prove the whole loop; continue where an earlier run ended."""
    _run("up", _up)


@cli.command()
def status() -> None:
    """Ask every server how it is. The exit code is 1 when something is down."""
    loop = _loop()
    sys.exit(0 if status_command.status(loop) else 1)


@cli.command()
def down() -> None:
    """Stop every server and keep the data."""
    _run("down", stop.down)


@cli.command()
def reset(*, yes: Annotated[bool, typer.Option(help="Do not ask.")] = False) -> None:
    """List what will go, ask, and remove it."""
    _run("reset", lambda loop: stop.reset(loop, agreed=yes or os.environ.get("YES") == "1"))


def _up(loop: Loop) -> None:
    start.supervisor(loop)
    with loop.terminal.step("Start the emulator", key="emulator", usual_s=2) as step:
        start.emulator(loop, step)
    from local import deploy, outputs

    with loop.terminal.step("Deploy the stacks", key="deploy", usual_s=40) as step:
        if not deploy.is_current(loop):
            deploy.deploy(loop, step)
    f = outputs.write(loop)
    with loop.terminal.step("Start MLflow", key="mlflow", usual_s=15) as step:
        start.mlflow(loop, step, artifacts_bucket=f["ArtifactsBucket"])


def _loop() -> Loop:
    settings = Settings()
    return open_loop(settings, Terminal(settings.state_dir / "timings.json"))


def _run(name: str, command: Callable[[Loop], None]) -> None:
    loop = _loop()
    try:
        with exclusive(loop.state_dir, name):
            command(loop)
    except LocalError as error:
        loop.terminal.failure(error)
        sys.exit(1)
    except KeyboardInterrupt:
        loop.terminal.warn(f"Interrupted. make {name} continues from here.")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    cli()
