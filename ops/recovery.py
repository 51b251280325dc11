"""After a crash: what the emulator replayed, what was lost, and the tables, counters and lake brought to agree."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from ops.commands import run

if TYPE_CHECKING:
    from pathlib import Path

    from local.loop import Loop


def reconcile(loop: Loop, environment: dict[str, str]) -> None:
    """Tell of every crash since the last time, then reconcile. Does nothing after clean stops."""
    path = loop.state_dir / "emulator" / "recoveries.jsonl"
    if not path.exists():
        return
    for line in path.read_text(errors="replace").splitlines():
        for sentence in sentences(line):
            loop.terminal.warn(sentence)
    with loop.terminal.step("Reconcile tables and lake", key="reconcile", usual_s=3) as step:
        printed = run(
            [sys.executable, "-m", "ops.reconcile"],
            what="Reconciling",
            environment=environment,
            log=loop.settings.logs_dir / "reconcile.log",
            step=step,
            timeout_s=loop.settings.train_timeout_s,
            remedy="Read the log, then run make up again.",
        )
        step.detail = ""
    counts = json.loads(printed)
    loop.terminal.note("Reconciled: " + _restored(counts))
    if counts["unresolved"]:
        loop.terminal.warn(unresolved(counts["unresolved"], loop.settings.logs_dir / "reconcile.log"))
    path.unlink()


def sentences(line: str) -> list[str]:
    """What a line of the emulator's notes on crashes says; a second crash may have cut it short."""
    try:
        return describe(json.loads(line))
    except ValueError:
        return ["The emulator was killed, and once more while it wrote down what that cost."]


def describe(recovery: dict[str, Any]) -> list[str]:
    """A crash in sentences: when the run began, what was written again, what could not be."""
    since = recovery["snapshot_at"] or recovery["run_began_at"]
    replayed, refused = sum(recovery["replayed"].values()), sum(recovery["refused"].values())
    sentences = [
        f"The emulator was killed. Its last snapshot is of {since}; "
        + (
            f"{replayed} acknowledged writes after that were replayed."
            if replayed
            else "nothing was written after that."
        )
    ]
    if refused:
        until = recovery["last_write_at"] or recovery["detected_at"]
        kinds = ", ".join(f"{count} {kind}" for kind, count in recovery["refused"].items())
        sentences.append(f"Lost: {refused} acknowledged writes ({kinds}) between {since} and {until}.")
    else:
        sentences.append("Lost: no acknowledged write. Requests that had no answer yet may or may not have counted.")
    return sentences


def unresolved(count: int, log: Path) -> str:
    """What it means that reconciliation left something as it is, and where it names each."""
    return (
        f"{count} of the records could not be brought to agree and stay as they are: what cannot be read, has lost its "
        f"prediction, or changes too often. Counters and lake may differ from the tables by these. {log} names each."
    )


def _restored(counts: dict[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in counts.items())
