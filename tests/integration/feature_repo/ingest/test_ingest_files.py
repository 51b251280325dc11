from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from feature_repo.errors import IngestError, LakeError
from feature_repo.ingest import ingest_files, ingest_sample, update_product_stats
from feature_repo.lake.keys import LABELS, LEASE, PRODUCT_STATS, REVIEWS, SAMPLE
from feature_repo.lake.manifest import read_manifests
from sentiment.reviews.reading import Columns, UncertainColumnsError
from sentiment.reviews.sample import is_fresh, load_sample
from tests.integration.feature_repo.lakes import NOON, a_file, a_review, check_finished, contents, rows

if TYPE_CHECKING:
    from pathlib import Path

    from feature_repo.lake.objects import Lake
    from feature_repo.settings import Settings

IN_THE_LAKE = [review for review in load_sample() if not is_fresh(review)]


def test_the_sample_covers_the_days_before_the_ingest(lake: Lake, lake_settings: Settings) -> None:
    counts = ingest_sample(lake_settings, NOON)
    assert (counts.read, counts.kept, counts.changed) == (len(IN_THE_LAKE), len(IN_THE_LAKE), True)
    reviews, labels = rows(lake, REVIEWS), rows(lake, LABELS)
    assert {row["review_id"] for row in reviews} == {review.review_id for review in IN_THE_LAKE}
    assert [row["review_id"] for row in reviews] == [row["review_id"] for row in labels]
    midnight = NOON.replace(hour=0)
    assert all(midnight - timedelta(days=90) <= row["event_timestamp"] <= midnight for row in reviews)
    assert {(row["origin"], row["weight"]) for row in labels} == {("stars", 1.0)}
    assert read_manifests(lake)[SAMPLE].replayed_until == "2026-11-23"
    check_finished(lake)


def test_the_same_day_again_changes_nothing(lake: Lake, lake_settings: Settings) -> None:
    first = ingest_sample(lake_settings, NOON)
    assert update_product_stats(lake_settings)
    before = contents(lake)
    again = ingest_sample(lake_settings, NOON + timedelta(hours=11))
    assert not again.changed
    assert again.to_dict() == first.to_dict()
    assert not update_product_stats(lake_settings)
    assert contents(lake) == before


def test_on_a_later_day_the_sample_moves_with_it(lake: Lake, lake_settings: Settings) -> None:
    ingest_sample(lake_settings, NOON - timedelta(days=100))
    assert ingest_sample(lake_settings, NOON).changed
    check_finished(lake)
    assert min(row["event_timestamp"] for row in rows(lake, REVIEWS)) > NOON - timedelta(days=91)
    assert len(rows(lake, REVIEWS)) == len(IN_THE_LAKE)


def test_the_order_of_files_makes_no_difference(lake: Lake, lake_settings: Settings, tmp_path: Path) -> None:
    shared = [a_review(f"in both {number}") for number in range(20)]
    one = a_file(tmp_path / "one.jsonl", [a_review("only in one"), *shared])
    two = a_file(tmp_path / "two.jsonl.gz", [*shared, a_review("only in two", stars=1)])
    counts = ingest_files(lake_settings, [one, two])
    assert (counts.read, counts.kept, counts.duplicate) == (42, 22, 20)
    before = contents(lake)
    lake.delete(before)
    assert ingest_files(lake_settings, [two, one, two]) == counts
    assert contents(lake) == before


def test_a_text_that_another_source_has_is_kept_once(lake: Lake, lake_settings: Settings, tmp_path: Path) -> None:
    ingest_sample(lake_settings, NOON)
    known = IN_THE_LAKE[0]
    path = a_file(tmp_path / "mine.jsonl", [a_review(f"  {known.text}\n", stars=1), a_review("my own")])
    counts = ingest_files(lake_settings, [path])
    assert (counts.kept, counts.duplicate) == (1, 1)
    texts = [row["text"].strip() for row in rows(lake, REVIEWS)]
    assert len(texts) == len(set(texts))


def test_a_file_is_not_read_twice(lake_settings: Settings, tmp_path: Path) -> None:
    path = a_file(tmp_path / "mine.jsonl", [a_review("my own")])
    first = ingest_files(lake_settings, [path])
    read: list[int] = []
    again = ingest_files(lake_settings, [path.rename(tmp_path / "by another name")], on_bytes=read.append)
    assert (again.to_dict(), again.changed) == (first.to_dict(), False)
    assert sum(read) == (tmp_path / "by another name").stat().st_size


def test_a_file_whose_guess_is_refuted_leaves_the_lake_as_it_was(
    lake: Lake, lake_settings: Settings, tmp_path: Path
) -> None:
    good = a_file(tmp_path / "good.jsonl", [a_review("my own")])
    bad = tmp_path / "bad.csv"
    head = "".join(f"4,it works {number},2026-11-01\n" for number in range(1500))
    bad.write_text(f"stars,text,date\n{head}9,nearly perfect,2026-11-01\n")
    with pytest.raises(IngestError, match=r"bad\.csv, line 1502: 9 is more than 5 stars"):
        ingest_files(lake_settings, [good, bad])
    assert contents(lake) == {}


def test_a_table_that_is_read_with_other_columns_is_replaced(
    lake: Lake, lake_settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("text,liked,date\nit works,1,1 Nov 2026\nit broke,0,2 Nov 2026\nso so,,soon\n")
    with pytest.raises(UncertainColumnsError):
        ingest_files(lake_settings, [path])
    wrong = Columns(label_column="liked", positive="0", negative="1")
    right = Columns(label_column="liked", positive="1", negative="0")
    for columns in (wrong, right):
        counts = ingest_files(lake_settings, [path], columns=columns)
        assert (counts.kept, counts.quarantined, counts.changed) == (2, 1, True)
    labels = {row["review_id"]: row["label"] for row in rows(lake, LABELS)}
    assert {row["text"]: labels[row["review_id"]] for row in rows(lake, REVIEWS)} == {
        "it works": "positive",
        "it broke": "negative",
    }
    assert not ingest_files(lake_settings, [path], columns=right).changed


def test_a_source_that_lost_an_object_is_ingested_again(lake: Lake, lake_settings: Settings, tmp_path: Path) -> None:
    path = a_file(tmp_path / "mine.jsonl", [a_review("my own")])
    ingest_files(lake_settings, [path])
    before = contents(lake)
    lake.delete([key for key in before if key.startswith(LABELS)])
    assert ingest_files(lake_settings, [path]).changed
    assert contents(lake) == before


@pytest.mark.parametrize("content", [b"", b"{}", b'{"format": 99}', b"[]"])
def test_an_unreadable_manifest_stops_other_ingests(
    content: bytes, lake: Lake, lake_settings: Settings, tmp_path: Path
) -> None:
    mine, other = (a_file(tmp_path / name, [a_review("in both"), a_review(name)]) for name in ("mine", "other"))
    ingest_files(lake_settings, [mine])
    before = contents(lake)
    (key,) = (key for key in before if key.startswith("offline/sources/"))
    lake.put(key, content)
    with pytest.raises(LakeError, match="ingest its source again"):
        ingest_files(lake_settings, [other])
    assert lake.get(LEASE) == b"free", "the lease is given back"
    ingest_files(lake_settings, [mine])
    assert contents(lake) == before


def test_three_stars_count_for_the_product_only(lake: Lake, lake_settings: Settings, tmp_path: Path) -> None:
    path = a_file(tmp_path / "mine.jsonl", [a_review("so so", stars=3), a_review("good", stars=5)])
    counts = ingest_files(lake_settings, [path])
    update_product_stats(lake_settings)
    assert (counts.read, counts.kept, list(counts.set_aside.values())) == (2, 1, [1])
    assert [row["text"] for row in rows(lake, REVIEWS)] == ["good"]
    first, last = rows(lake, PRODUCT_STATS)
    assert (first["reviews"], first["mean_stars"], first["positive_share"]) == (2, 4.0, 0.5)
    assert (last["reviews"], last["mean_stars"], last["positive_share"]) == (0, None, 0.0)


def test_reviews_without_a_time_are_set_aside_or_replayed(lake: Lake, lake_settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "polarity.csv"
    path.write_text("".join(f'"{1 + number % 2}","title {number}","text {number}"\n' for number in range(50)))
    counts = ingest_files(lake_settings, [path])
    assert (counts.read, counts.kept) == (50, 0)
    assert list(counts.set_aside.values()) == [50]
    counts = ingest_files(lake_settings, [path], replayed_until=NOON)
    assert (counts.read, counts.kept, counts.changed) == (50, 50, True)
    (found,) = read_manifests(lake).values()
    assert found.replayed_until == "2026-11-23"
    check_finished(lake)


def test_a_truncated_file_keeps_its_rows_and_reports_where_it_ends(
    lake: Lake, lake_settings: Settings, tmp_path: Path
) -> None:
    path = a_file(tmp_path / "cut.jsonl.gz", [a_review(f"review {number} {number**9}") for number in range(3000)])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    counts = ingest_files(lake_settings, [path])
    assert counts.kept > 100
    assert counts.quarantined == 1
    assert counts.read == counts.kept + 1
    check_finished(lake)
    (listed,) = [content for key, content in contents(lake).items() if key.startswith("quarantine/")]
    assert json.loads(listed) == {
        "part": "",
        "line": counts.kept + 1,
        "reason": "the file ends too early",
        "bytes": 0,
        "sha256": "",
    }


def test_a_bad_row_is_reported_and_the_others_are_kept(lake: Lake, lake_settings: Settings, tmp_path: Path) -> None:
    lines = a_file(tmp_path / "mine.jsonl", [a_review("first"), a_review("last")]).read_bytes().splitlines()
    odd = a_review("of another age", at=datetime(1066, 10, 14, tzinfo=UTC))
    half = a_review("half a pair \ud800")
    bad = a_file(tmp_path / "bad.jsonl", [odd, half]).read_bytes().splitlines()
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(b"\n".join([lines[0], b'{"half a line', *bad, lines[1]]))
    counts = ingest_files(lake_settings, [path])
    assert (counts.read, counts.kept, counts.quarantined) == (5, 2, 3)
    (listed,) = [content for key, content in contents(lake).items() if key.startswith("quarantine/")]
    assert [json.loads(line)["reason"] for line in listed.splitlines()] == [
        "the row is not JSON",
        "the time is not between 1995 and 2100",
        "the text has half a surrogate pair",
    ]


@pytest.mark.parametrize("content", [b"no format that anybody knows", b"", gzip.compress(b"nor this", mtime=0)])
def test_an_unknown_format_stops_before_anything_is_written(
    content: bytes, lake: Lake, lake_settings: Settings, tmp_path: Path
) -> None:
    good = a_file(tmp_path / "good.jsonl", [a_review("good")])
    unknown = tmp_path / "unknown"
    unknown.write_bytes(content)
    with pytest.raises(IngestError, match="unknown cannot be ingested") as raised:
        ingest_files(lake_settings, [good, unknown])
    assert "\n" not in str(raised.value)
    assert contents(lake) == {}


def test_a_missing_file_is_an_error(lake_settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(IngestError, match=r"nowhere.jsonl cannot be ingested: No such file or directory"):
        ingest_files(lake_settings, [tmp_path / "nowhere.jsonl"])
