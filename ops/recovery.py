"""Recovery after a crash: reports what the emulator replayed and lost, and reconciles tables, counters and lake."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from ops import aws, outputs
from ops.commands import run

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from local.loop import Loop


def after_crash(loop: Loop, found: dict[str, str]) -> None:
    """Report every crash since the last call, then reconcile. Does nothing after clean stops."""
    for sentence in crashes(loop):
        loop.terminal.warn(sentence)
    records = _set_aside(loop)
    if records:
        _reconcile(loop, found, [], again="make up")
    _remove(records)


def crashes(loop: Loop) -> list[str]:
    """Describe every crash of the emulator that was not reconciled yet."""
    lines = [line for path in _records(loop) for line in path.read_text(errors="replace").splitlines()]
    return [sentence for line in lines for sentence in sentences(line)]


def reconcile(loop: Loop, *, since: datetime | None) -> None:
    """`make reconcile`: make the tables, the counters and the lake agree, for feedback from a day on or all of it.

    Raises:
        LocalError: Nothing is deployed, or reconciling failed.
    """
    aws.check_access(loop, "reconcile")
    found = outputs.require(loop, outputs.NEWEST)
    records = [] if since else _set_aside(loop)
    _reconcile(loop, found, ["--since", f"{since:%Y-%m-%d}"] if since else [], again="make reconcile")
    _remove(records)


def _records(loop: Loop) -> list[Path]:
    return sorted((loop.state_dir / "emulator").glob("recoveries*.jsonl"))


def _set_aside(loop: Loop) -> list[Path]:
    """Move the emulator's records away: what it adds while they are reconciled is for the next command."""
    newest = loop.state_dir / "emulator" / "recoveries.jsonl"
    if newest.exists():
        newest.rename(newest.with_name(f"recoveries-{time.time_ns()}.jsonl"))
    return [path for path in _records(loop) if path != newest]


def _remove(records: list[Path]) -> None:
    for path in records:
        path.unlink()


def _reconcile(loop: Loop, found: dict[str, str], options: list[str], *, again: str) -> None:
    log = loop.settings.logs_dir / "reconcile.log"
    with loop.terminal.step("Reconcile tables and lake", key="reconcile", usual_s=3) as step:
        printed = run(
            [sys.executable, "-m", "ops.reconcile", *options],
            what="Reconciling",
            environment=dict(os.environ) | outputs.for_commands(loop, found),
            log=log,
            step=step,
            timeout_s=loop.settings.train_timeout_s,
            remedy=f"Read the log and fix the cause, then run {again} again",
        )
        step.detail = ""
    counts = json.loads(printed)
    loop.terminal.note(f"Reconciled: {_listed(counts)}")
    if counts["unresolved"]:
        loop.terminal.warn(unresolved(counts["unresolved"], log))


def sentences(line: str) -> list[str]:
    """Describe one line of the emulator's crash records, which another crash may have cut short."""
    try:
        return describe(json.loads(line))
    except ValueError:
        return ["The emulator was killed, and killed again while it recorded what was lost."]


def describe(recovery: dict[str, Any]) -> list[str]:
    """Describe a crash in sentences: the last snapshot, the writes replayed since then, and the writes lost."""
    since = recovery["snapshot_at"] or recovery["run_began_at"]
    replayed, refused = sum(recovery["replayed"].values()), sum(recovery["refused"].values())
    later = f"{replayed} acknowledged writes made since then were replayed" if replayed else "nothing was written since"
    sentences = [f"The emulator was killed. Its last snapshot is from {since}; {later}."]
    if refused:
        until = recovery["last_write_at"] or recovery["detected_at"]
        kinds = ", ".join(f"{count} {kind}" for kind, count in recovery["refused"].items())
        sentences.append(f"Lost: {refused} acknowledged writes ({kinds}) between {since} and {until}.")
    else:
        sentences.append("Lost: no acknowledged write. Requests without an answer may or may not have been counted.")
    return sentences


def unresolved(count: int, log: Path) -> str:
    """Explain that some records could not be reconciled, and which log names them."""
    return (
        f"{count} records could not be reconciled and are unchanged: they cannot be read, have lost their prediction, "
        f"or change too often. Counters and lake may differ from the tables by these records, which {log} names."
    )


def _listed(counts: dict[str, Any]) -> str:
    return ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in counts.items())
