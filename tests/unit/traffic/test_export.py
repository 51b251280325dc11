"""The shop's export of what visitors wrote."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from sentiment.reviews.record import from_record
from tests.unit.traffic.sent import sent
from traffic.export import Export
from traffic.visits import Visit

if TYPE_CHECKING:
    from pathlib import Path

    from sentiment.reviews.review import Review

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NEW = [Visit(sent(f"Review {number}", "positive"), "somebody", honest=True, new=True) for number in range(1000)]
HELD_OUT = Visit(sent("Known", "negative"), "somebody", honest=True, new=False)


def exported(path: Path, visits: list[Visit], *, starred: float) -> list[Review]:
    export = Export(starred)
    for visit in visits:
        export.note(visit)
    export.write(path, NOW)
    return [from_record(json.loads(line)) for line in path.read_text().splitlines()]


def test_the_export_is_a_review_file_with_stars_and_the_time_of_the_run(tmp_path: Path) -> None:
    (review,) = exported(tmp_path / "export.jsonl", [NEW[0]], starred=1)

    assert (review.text, review.stars, review.label, review.time) == ("Review 0", 5.0, "positive", NOW)
    assert review.review_id == NEW[0].sent.review.review_id


def test_held_out_reviews_are_not_exported(tmp_path: Path) -> None:
    assert exported(tmp_path / "export.jsonl", [HELD_OUT], starred=1) == []


def test_a_review_with_several_raters_is_exported_once(tmp_path: Path) -> None:
    assert len(exported(tmp_path / "export.jsonl", [NEW[0]] * 3 + [NEW[1]] * 3, starred=1)) == 2


@pytest.mark.parametrize("starred", [0.0, 0.8, 1.0])
def test_the_share_with_stars_is_as_set_and_always_the_same(tmp_path: Path, starred: float) -> None:
    first = exported(tmp_path / "first.jsonl", NEW, starred=starred)

    assert len(first) / len(NEW) == pytest.approx(starred, abs=0.04)
    assert exported(tmp_path / "second.jsonl", NEW[::-1], starred=starred) == first
