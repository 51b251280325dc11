"""After a crash, what was lost is said in numbers."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from local.loop import open_loop
from local.settings import Settings
from local.terminal import Terminal
from ops import recovery
from ops.recovery import describe, sentences

if TYPE_CHECKING:
    from pathlib import Path

CRASH = {
    "detected_at": "2026-01-01T10:00:10+00:00",
    "run_began_at": "2026-01-01T09:00:00+00:00",
    "snapshot_at": "2026-01-01T10:00:00+00:00",
    "last_write_at": "2026-01-01T10:00:05+00:00",
    "replayed": {"PutItem": 3, "TransactWriteItems": 2},
    "refused": {},
}


def test_what_was_replayed_is_counted() -> None:
    first, second = describe(CRASH)
    assert "5 acknowledged writes after that were replayed" in first
    assert second.startswith("Lost: no acknowledged write.")


def test_what_was_lost_is_counted_with_its_window() -> None:
    _, lost = describe(CRASH | {"refused": {"TransactWriteItems": 4}})
    assert lost == (
        "Lost: 4 acknowledged writes (4 TransactWriteItems) "
        "between 2026-01-01T10:00:00+00:00 and 2026-01-01T10:00:05+00:00."
    )


def test_a_crash_without_writes_says_so() -> None:
    assert "nothing was written after that" in describe(CRASH | {"replayed": {}, "last_write_at": None})[0]


def test_a_journal_line_that_cannot_be_read_is_told_as_lost() -> None:
    _, lost = describe(CRASH | {"refused": {"unreadable": 1}, "replayed": {}, "last_write_at": None})
    assert lost == (
        "Lost: 1 acknowledged writes (1 unreadable) between 2026-01-01T10:00:00+00:00 and 2026-01-01T10:00:10+00:00."
    )


def test_a_note_cut_short_by_another_crash_is_still_a_crash() -> None:
    (sentence,) = sentences('{"detected_at": "2026-')
    assert "was killed" in sentence


@pytest.mark.parametrize("unresolved", [0, 2])
def test_what_could_not_be_brought_to_agree_is_said_with_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unresolved: int
) -> None:
    monkeypatch.setattr(recovery, "run", lambda *_, **__: json.dumps({"archived": 1, "unresolved": unresolved}))
    said = io.StringIO()
    loop = open_loop(Settings(local_dir=tmp_path), Terminal(tmp_path / "timings.json", Console(file=said, width=500)))
    notes = tmp_path / "emulator" / "recoveries.jsonl"
    notes.parent.mkdir()
    notes.write_text(json.dumps(CRASH) + "\n")

    recovery.reconcile(loop, {})

    sentence = "! 2 of the records could not be brought to agree and stay as they are"
    assert (sentence in said.getvalue()) is bool(unresolved)
    assert (f"{loop.settings.logs_dir / 'reconcile.log'} names each." in said.getvalue()) is bool(unresolved)
