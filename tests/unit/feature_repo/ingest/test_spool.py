from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from feature_repo.ingest import spool as spool_module
from feature_repo.ingest.spool import Said, Spool, digest
from sentiment.reviews.review import Review

if TYPE_CHECKING:
    from pathlib import Path

TIME = datetime(2026, 11, 1, 5, 30, tzinfo=timezone(timedelta(hours=9)))
SAID = Said("positive", "stars", 1.0, TIME)


def a_review(number: int = 0) -> Review:
    return Review(f"id {number}", None, "Title", f"text {number}", 5.0, "positive", TIME, "source")


def test_reviews_lie_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    with Spool(tmp_path / "spool") as spool:
        for number in range(3):
            spool.add(a_review(number), TIME, SAID)
    rows = pq.read_table(spool.path).to_pylist()
    assert [(row["ordinal"], row["review_id"]) for row in rows] == [(0, "id 0"), (1, "id 1"), (2, "id 2")]


def test_months_are_those_of_utc(tmp_path: Path) -> None:
    with Spool(tmp_path / "spool") as spool:
        spool.add(a_review(), TIME, SAID)
    (row,) = pq.read_table(spool.path).to_pylist()
    assert row["month"] == "2026-10"
    assert row["event_timestamp"].replace(tzinfo=UTC) == TIME


def test_no_more_than_a_batch_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "BATCH_ROWS", 10)
    with Spool(tmp_path / "spool") as spool:
        for number in range(35):
            spool.add(a_review(number), TIME, SAID)
    groups = pq.ParquetFile(spool.path).metadata
    assert [groups.row_group(number).num_rows for number in range(groups.num_row_groups)] == [10, 10, 10, 5]


def test_blanks_around_a_text_do_not_make_it_another() -> None:
    assert digest(" good\n") == digest("good") != digest("Good")


def test_a_text_that_cannot_be_encoded_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        digest("half \ud800")
