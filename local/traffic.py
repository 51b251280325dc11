"""`make traffic`: visitors against the API that is deployed here, and then the shop's export of what they wrote."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NoReturn

from local import outputs
from local.interruption import INTERRUPTED

if TYPE_CHECKING:
    from types import FrameType

    from local.loop import Loop

_MODULE = [sys.executable, "-m"]


def send_visitors(loop: Loop) -> NoReturn:
    """Run the visitors of a loop, then bring those reviews into its lake that a shop would know with stars.

    Both take their settings from environment variables that pass through. Ends with the visitors' exit code, or the
    ingest's where that fails.

    Raises:
        LocalError: Nothing is deployed.
    """
    found = outputs.require(loop, "ProductStatsTable")
    environment = dict(os.environ) | outputs.for_commands(loop, found)
    with TemporaryDirectory(prefix="sentiment-loop-traffic-") as folder:
        export = Path(folder) / "export.jsonl"
        code = _run([*_MODULE, "traffic"], environment | {"EXPORT": str(export)})
        if code != INTERRUPTED and export.exists() and (new := len(export.read_bytes().splitlines())):
            loop.terminal.note(f"{new:,} of the new reviews reach the lake with their authors' stars:")
            sys.stdout.flush()
            code = _run([*_MODULE, "feature_repo", "ingest", str(export)], environment) or code
    sys.exit(code)


def _run(command: list[str], environment: dict[str, str]) -> int:
    """Run a command that ends in its own way when it is interrupted, and return its exit code, 128 + n for signal n."""
    with subprocess.Popen(command, env=environment) as process:

        def hand_on(number: int, _frame: FrameType | None) -> None:
            process.send_signal(number)

        # Ctrl-C reaches both from the terminal; a second one, handed on from here, would end it at once.
        before = {signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN)}
        for number in (signal.SIGTERM, signal.SIGHUP):
            before[number] = signal.signal(number, hand_on)
        try:
            code = process.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    return code if code >= 0 else 128 - code
