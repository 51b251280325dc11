"""The command line: each failure is reported in one line, with what to do."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import contextmanager
from datetime import datetime  # noqa: TC003 (Typer reads the annotation)
from http.client import HTTPException
from subprocess import SubprocessError
from typing import TYPE_CHECKING, Annotated
from xmlrpc.client import Fault

import psutil
import typer
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError
from tenacity import RetryError

from local import stop
from local.disk import remedy_when_full
from local.environment import without_ambient
from local.errors import LocalError
from local.files import write_whole
from local.interruption import INTERRUPTED
from local.lock import exclusive
from local.loop import Loop, open_loop
from local.settings import ROOT, Settings, Target
from local.terminal import Terminal
from ops import containers, recovery
from ops import status as status_command
from ops.aws import access_remedy
from ops.bundle import upload
from ops.destroy import remove_stacks
from ops.logs import follow
from ops.retrain import retrain as retrain_and_follow
from ops.rollback import roll_back
from ops.traffic import send_visitors
from ops.up import bring_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
_CHECK_STATUS = "Run make status to see what is down"


@cli.command()
def up() -> None:
    """Start, deploy, train and test the whole loop; continue where an earlier run ended."""
    _run("up", lambda loop: bring_up(loop, deploy_anyway=False))


@cli.command()
def deploy() -> None:
    """Deploy to the target even if nothing changed; otherwise like up."""
    _run("deploy", lambda loop: bring_up(loop, deploy_anyway=True))


@cli.command()
def deploy_for_containers() -> None:
    """Deploy to LocalStack, and describe the servers that Docker Compose starts then."""
    _run("deploy", containers.deploy_for_containers)


@cli.command()
def train_for_containers() -> None:
    """Make sure that the servers in containers have a model, and the pages something to show."""
    _run("deploy", containers.train_for_containers)


@cli.command()
def bundle() -> None:
    """Build the bundle that Airflow runs and synchronise it to the target's bucket."""
    _run("bundle", upload)


@cli.command()
def logs(
    service: Annotated[str, typer.Argument(help="The name of one log; by default all.")] = "",
) -> None:
    """Follow the logs until interrupted."""
    loop = _loop()
    with _errors_in_one_line("logs", loop):
        try:
            follow(loop, service)
        except KeyboardInterrupt:
            sys.exit(0)


@cli.command()
def status() -> None:
    """Show the state of every server. The exit code is 1 when something is down."""
    loop = _loop()
    with _errors_in_one_line("status", loop):
        sys.exit(0 if status_command.status(loop) else 1)


@cli.command()
def down() -> None:
    """Stop every server and keep the data."""
    _run("down", stop.down)


@cli.command()
def retrain() -> None:
    """Start a retraining run, or find the running one, and follow it to its decision."""
    loop = _loop()
    with _errors_in_one_line("retrain", loop):
        retrain_and_follow(loop, force=loop.settings.force)


@cli.command()
def rollback(
    *, to: Annotated[str, typer.Option(help="The version to serve; by default the previous one.")] = ""
) -> None:
    """Serve the previous version, or another one, at once."""
    loop = _loop()
    with _errors_in_one_line("rollback", loop):
        roll_back(loop, to=to)


@cli.command()
def traffic() -> None:
    """Send reviews to the API and give feedback on its predictions, as visitors would."""
    loop = _loop()
    with _errors_in_one_line("traffic", loop):
        send_visitors(loop)


@cli.command()
def reconcile(
    *,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Compare feedback from this day on; by default all.")
    ] = None,
) -> None:
    """Make the tables, the counters and the lake agree after a crash."""
    _run("reconcile", lambda loop: recovery.reconcile(loop, since=since))


@cli.command()
def drill(
    alert: Annotated[str, typer.Argument(help="The alert; by default, list the drills.")] = "",
) -> None:
    """Plant the cause of an alert, wait for the alert, mend the cause, and wait for the alert's end."""
    from ops.drills.conducting import practise  # noqa: PLC0415 - other commands need not wait for what it imports

    _run("drill", lambda loop: practise(loop, alert))


@cli.command()
def reset(*, yes: Annotated[bool, typer.Option(help="Do not ask.")] = False) -> None:
    """List all data of the loop, ask, and remove it."""
    _run("reset", lambda loop: stop.reset(loop, confirmed=yes or loop.settings.yes))


@cli.command()
def destroy(*, yes: Annotated[bool, typer.Option(help="Do not ask.")] = False) -> None:
    """Remove the stacks from the target; on an emulator, with all their data."""
    _run("destroy", lambda loop: remove_stacks(loop, confirmed=yes or loop.settings.yes))


def _loop() -> Loop:
    try:
        settings = Settings()
    except ValidationError as error:
        wrong = "; ".join(f"{'_'.join(map(str, e['loc'])).upper()}={e['input']}: {e['msg']}" for e in error.errors())
        failure = LocalError(f"{wrong}.", remedy="See docs/settings.md for the allowed values")
        Terminal(ROOT / ".local" / "timings.json").failure(failure)
        sys.exit(1)
    if settings.target is not Target.AWS:
        kept = without_ambient()
        os.environ.clear()
        os.environ.update(kept)
    return open_loop(settings, Terminal(settings.state_dir / "timings.json", addressed=settings.addressed))


def _run(name: str, command: Callable[[Loop], None]) -> None:
    loop = _loop()
    with _errors_in_one_line(name, loop), exclusive(loop.state_dir, f"make {name}"):
        command(loop)


@contextmanager
def _errors_in_one_line(name: str, loop: Loop) -> Iterator[None]:
    """End the process on an error with what went wrong and what to do, instead of a traceback."""
    try:
        yield
    except LocalError as error:
        full = remedy_when_full([loop.state_dir, ROOT], error.message)
        loop.terminal.failure(LocalError(error.message, remedy=full or error.remedy, log=error.log))
        sys.exit(1)
    except (BotoCoreError, ClientError) as error:
        remedy = access_remedy(name) if loop.settings.target is Target.AWS else f"{_CHECK_STATUS}, then make {name}"
        loop.terminal.failure(LocalError(f"{type(error).__name__}: {error}", remedy=remedy))
        sys.exit(1)
    except (OSError, HTTPException, Fault, RetryError, SubprocessError, psutil.Error) as error:
        # A server that died meanwhile, a full disk, or a bug: the traceback shows which.
        traceback_log = _save_traceback(loop.settings.logs_dir / f"{name}-failure.log")
        full = remedy_when_full([loop.state_dir, ROOT], str(error))
        remedy = full or f"{_CHECK_STATUS}, then make {name}"
        loop.terminal.failure(LocalError(f"{type(error).__name__}: {error} ({traceback_log}).", remedy=remedy))
        sys.exit(1)
    except KeyboardInterrupt:
        loop.terminal.warn(f"Interrupted. Run make {name} to continue.")
        sys.exit(INTERRUPTED)


def _save_traceback(log: Path) -> str:
    """Write the traceback of the current exception to a file. Returns its path, or why it could not be written."""
    try:
        write_whole(log, traceback.format_exc())
    except OSError as error:
        return f"the traceback could not be written: {error}"
    return f"traceback: {log}"
