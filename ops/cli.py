"""The command line: whatever goes wrong is said in a line, with what to do."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import contextmanager
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
from ops import status as status_command
from ops.aws import access_remedy
from ops.bundle.publish import upload
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
_LOOK = "make status shows what is down"


@cli.command()
def up() -> None:
    """Start, deploy, train and prove the whole loop; continue where an earlier run ended."""
    _run("up", lambda loop: bring_up(loop, deploy_anyway=False))


@cli.command()
def deploy() -> None:
    """Deploy to the target, with what stands around it there."""
    _run("deploy", lambda loop: bring_up(loop, deploy_anyway=True))


@cli.command()
def bundle() -> None:
    """Build what Airflow runs and synchronise it to the bucket of the target."""
    _run("bundle", upload)


@cli.command()
def logs(
    service: Annotated[str, typer.Argument(help="One log's name; all of them when left out.")] = "",
) -> None:
    """Follow the logs until interrupted."""
    loop = _loop()
    with _told("logs", loop):
        try:
            follow(loop, service)
        except KeyboardInterrupt:
            sys.exit(0)


@cli.command()
def status() -> None:
    """Ask every server how it is. The exit code is 1 when something is down."""
    loop = _loop()
    with _told("status", loop):
        sys.exit(0 if status_command.status(loop) else 1)


@cli.command()
def down() -> None:
    """Stop every server and keep the data."""
    _run("down", stop.down)


@cli.command()
def retrain() -> None:
    """Start a retraining run, or find the one under way, and follow it to its decision."""
    loop = _loop()
    with _told("retrain", loop):
        retrain_and_follow(loop, force=loop.settings.force)


@cli.command()
def rollback(
    *, to: Annotated[str, typer.Option(help="The version to serve; the one before when left out.")] = ""
) -> None:
    """Serve the version that was served before, or another one, at once."""
    loop = _loop()
    with _told("rollback", loop):
        roll_back(loop, to=to)


@cli.command()
def traffic() -> None:
    """Send reviews to the API and judge its predictions, as visitors would."""
    loop = _loop()
    with _told("traffic", loop):
        send_visitors(loop)


@cli.command()
def reset(*, yes: Annotated[bool, typer.Option(help="Do not ask.")] = False) -> None:
    """List what will go, ask, and remove it."""
    _run("reset", lambda loop: stop.reset(loop, agreed=yes or loop.settings.yes))


@cli.command()
def destroy(*, yes: Annotated[bool, typer.Option(help="Do not ask.")] = False) -> None:
    """Remove the stacks from the target; on an emulator all that they hold goes with them."""
    _run("destroy", lambda loop: remove_stacks(loop, agreed=yes or loop.settings.yes))


def _loop() -> Loop:
    try:
        settings = Settings()
    except ValidationError as error:
        wrong = "; ".join(f"{'_'.join(map(str, e['loc'])).upper()}={e['input']}: {e['msg']}" for e in error.errors())
        failure = LocalError(f"{wrong}.", remedy="docs/settings.md has what each setting may be")
        Terminal(ROOT / ".local" / "timings.json").failure(failure)
        sys.exit(1)
    if settings.target is not Target.AWS:
        kept = without_ambient()
        os.environ.clear()
        os.environ.update(kept)
    return open_loop(settings, Terminal(settings.state_dir / "timings.json", addressed=settings.addressed))


def _run(name: str, command: Callable[[Loop], None]) -> None:
    loop = _loop()
    with _told(name, loop), exclusive(loop.state_dir, name):
        command(loop)


@contextmanager
def _told(name: str, loop: Loop) -> Iterator[None]:
    """End the process with what went wrong and what to do, rather than with a traceback."""
    try:
        yield
    except LocalError as error:
        full = remedy_when_full([loop.state_dir, ROOT], error.message)
        loop.terminal.failure(LocalError(error.message, remedy=full or error.remedy, log=error.log))
        sys.exit(1)
    except (BotoCoreError, ClientError) as error:
        remedy = access_remedy(name) if loop.settings.target is Target.AWS else f"{_LOOK}; then make {name}"
        loop.terminal.failure(LocalError(f"{type(error).__name__}: {error}", remedy=remedy))
        sys.exit(1)
    except (OSError, HTTPException, Fault, RetryError, SubprocessError, psutil.Error) as error:
        # A server that died under our hands, a full disk, a mistake of ours: the traceback tells which.
        kept = _traceback(loop.settings.logs_dir / f"{name}-failure.log")
        full = remedy_when_full([loop.state_dir, ROOT], str(error))
        remedy = full or f"{_LOOK}; then make {name}"
        loop.terminal.failure(LocalError(f"{type(error).__name__}: {error} ({kept}).", remedy=remedy))
        sys.exit(1)
    except KeyboardInterrupt:
        loop.terminal.warn(f"Interrupted. make {name} continues from here.")
        sys.exit(INTERRUPTED)


def _traceback(log: Path) -> str:
    """Write the exception that is being handled to a file. Returns where it stands, or why it does not."""
    try:
        write_whole(log, traceback.format_exc())
    except OSError as error:
        return f"its traceback could not be written: {error}"
    return f"traceback: {log}"
