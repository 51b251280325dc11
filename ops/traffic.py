"""`make traffic`: visitors against the API that is deployed here, and then the shop's export of what they wrote."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NoReturn

from local.errors import LocalError
from ops import outputs

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    from local.loop import Loop

_MODULE = [sys.executable, "-m"]
_TO_THE_END = {0, 1}
"""Exit codes of visitors that were not stopped: 1 where some of them failed."""


def send_visitors(loop: Loop) -> NoReturn:
    """Run the visitors of a loop, then bring those reviews into its lake that a shop would know with stars.

    Both take their settings from environment variables that pass through. Reviews of somebody's own files are not
    brought there: they have times of their own, and `python -m feature_repo ingest` to come with them. Ends with the
    visitors' exit code.

    Raises:
        LocalError: Nothing is deployed, or the ingest failed: the file of what it was to bring is kept, and named.
    """
    found = outputs.require(loop, "ProductStatsTable")
    environment = dict(os.environ) | outputs.for_commands(loop, found)
    if environment.get("FILES"):
        sys.exit(_run([*_MODULE, "traffic"], environment))
    export = loop.state_dir / f"export-{secrets.token_hex(4)}.jsonl"
    code = _run([*_MODULE, "traffic"], environment | {"EXPORT": str(export)})
    if code in _TO_THE_END and export.exists():
        _ingest(loop, export, environment)
    export.unlink(missing_ok=True)
    sys.exit(code)


def _ingest(loop: Loop, export: Path, environment: dict[str, str]) -> None:
    new = len(export.read_bytes().splitlines())
    if not new:
        return
    loop.terminal.note(f"{new:,} of the new reviews are brought to the lake with their authors' stars:")
    sys.stdout.flush()
    if _run([*_MODULE, "feature_repo", "ingest", str(export)], environment):
        raise LocalError(
            f"The reviews with stars did not reach the lake. They are kept in {export}",
            remedy=f". {loop.state_dir / 'env'} && .venv/bin/python -m feature_repo ingest {export}",
        )


def _run(command: list[str], environment: dict[str, str]) -> int:
    """Run a command that ends in its own way when it is interrupted, and return its exit code, 128 + n for signal n."""
    early: list[int] = []
    hand_on = early.append

    def handle(number: int, _frame: FrameType | None) -> None:
        hand_on(number)

    # Ctrl-C reaches both from the terminal; a second one, handed on from here, would end the command at once.
    handlers = {signal.SIGINT: lambda *_: None, signal.SIGTERM: handle, signal.SIGHUP: handle}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        with subprocess.Popen(command, env=environment) as process:
            hand_on = process.send_signal
            for number in early:
                process.send_signal(number)
            code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code
