from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from feature_repo.ingest import spool as spool_module
from feature_repo.ingest.index import digest
from feature_repo.ingest.spool import ReviewLabel, Spool
from sentiment.reviews.held_out import PUBLIC
from sentiment.reviews.review import Review

if TYPE_CHECKING:
    from pathlib import Path

TIME = datetime(2026, 11, 1, 5, 30, tzinfo=timezone(timedelta(hours=9)))
LABEL = ReviewLabel("positive", "stars", 1.0, TIME)


def a_review(number: int = 0) -> Review:
    return Review(f"id {number}", None, "Title", f"text {number}", 5.0, "positive", TIME, "source")


def test_reviews_keep_the_order_in_which_they_were_added(tmp_path: Path) -> None:
    with Spool(tmp_path / "spool", PUBLIC) as spool:
        for number in range(3):
            spool.add(a_review(number), TIME, LABEL)
    rows = pq.read_table(spool.path).to_pylist()
    assert [(row["ordinal"], row["review_id"]) for row in rows] == [(0, "id 0"), (1, "id 1"), (2, "id 2")]


def test_months_are_in_utc(tmp_path: Path) -> None:
    with Spool(tmp_path / "spool", PUBLIC) as spool:
        spool.add(a_review(), TIME, LABEL)
    (row,) = pq.read_table(spool.path).to_pylist()
    assert row["month"] == "2026-10"
    assert row["event_timestamp"].replace(tzinfo=UTC) == TIME


def test_memory_holds_one_batch_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "BATCH_ROWS", 10)
    with Spool(tmp_path / "spool", PUBLIC) as spool:
        for number in range(35):
            spool.add(a_review(number), TIME, LABEL)
    groups = pq.ParquetFile(spool.path).metadata
    assert [groups.row_group(number).num_rows for number in range(groups.num_row_groups)] == [10, 10, 10, 5]


def test_surrounding_whitespace_does_not_change_a_text() -> None:
    assert digest(" good\n") == digest("good") != digest("Good")


def test_a_text_that_cannot_be_encoded_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        digest("half \ud800")
