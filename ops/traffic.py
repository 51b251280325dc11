"""`make traffic`: sends visitors to the deployed API, then ingests the shop's export of what they wrote."""

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
"""Exit codes of visitors that were not stopped: 1 when some of them failed."""


def send_visitors(loop: Loop) -> NoReturn:
    """Run the visitors of a loop, then ingest those of their new reviews that have stars.

    Both read their settings from environment variables, which are passed on. Reviews of the user's files are not
    ingested here: `python -m feature_repo ingest` does that with their own times. Exits with the visitors' exit code.

    Raises:
        LocalError: Nothing is deployed, or the ingest failed: its file is kept, and named in the message.
    """
    found = outputs.require(loop, outputs.NEWEST)
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
    loop.terminal.note(f"Ingesting {new:,} of the new reviews with the stars that their authors gave:")
    sys.stdout.flush()
    if _run([*_MODULE, "feature_repo", "ingest", str(export)], environment):
        raise LocalError(
            f"The reviews with stars could not be ingested. They are kept in {export}.",
            remedy=f". {loop.state_dir / 'env'} && .venv/bin/python -m feature_repo ingest {export}",
        )


def _run(command: list[str], environment: dict[str, str]) -> int:
    """Run a command that handles interrupts itself. Returns its exit code, 128 + n for signal n."""
    early: list[int] = []
    forward = early.append

    def handle(number: int, _frame: FrameType | None) -> None:
        forward(number)

    # Ctrl-C on the terminal reaches both; forwarding it too would end the command at once, like a second Ctrl-C.
    handlers = {signal.SIGINT: lambda *_: None, signal.SIGTERM: handle, signal.SIGHUP: handle}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        with subprocess.Popen(command, env=environment) as process:
            forward = process.send_signal
            for number in early:
                process.send_signal(number)
            code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code
