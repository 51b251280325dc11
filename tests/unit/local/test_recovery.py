"""After a crash, what was lost is said in numbers."""

from __future__ import annotations

from local.recovery import describe, sentences

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
