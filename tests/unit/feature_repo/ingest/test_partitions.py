from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feature_repo.ingest import partitions
from feature_repo.ingest.partitions import write_months

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MONTHS = ["2026-08"] * 7 + ["2026-09"] * 25 + ["2026-11"] * 3


@pytest.fixture(autouse=True)
def _small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "ROW_GROUP_ROWS", 10)


def batches(rows: int) -> Iterator[pa.RecordBatch]:
    table = pa.table({"month": MONTHS, "number": list(range(len(MONTHS)))})
    return iter(table.to_batches(max_chunksize=rows))


def test_each_month_is_a_file_with_its_rows_in_order(tmp_path: Path) -> None:
    written = write_months(batches(35), tmp_path, "part", {"offline/numbers": lambda rows: rows.select(["number"])})
    assert [(one.key, one.rows) for one in written] == [
        ("offline/numbers/month=2026-08/part.parquet", 7),
        ("offline/numbers/month=2026-09/part.parquet", 25),
        ("offline/numbers/month=2026-11/part.parquet", 3),
    ]
    assert [pq.read_table(one.path)["number"].to_pylist() for one in written] == [
        list(range(7)),
        list(range(7, 32)),
        list(range(32, 35)),
    ]


@pytest.mark.parametrize("rows", [1, 3, 10, 11])
def test_the_bytes_do_not_depend_on_the_size_of_batches(rows: int, tmp_path: Path) -> None:
    sums = []
    for size in (rows, 35):
        folder = tmp_path / str(size)
        folder.mkdir()
        sums.append([one.sha256 for one in write_months(batches(size), folder, "part", {"t": lambda table: table})])
    assert sums[0] == sums[1]


def test_memory_holds_one_row_group_at_most(tmp_path: Path) -> None:
    held = []

    def note(rows: pa.Table) -> pa.Table:
        held.append(rows.num_rows)
        return rows

    write_months(batches(4), tmp_path, "part", {"t": note})
    assert held == [7, 10, 10, 5, 3]


def test_the_statistics_of_a_text() -> None:
    row = {
        "review_id": "a",
        "product_id": None,
        "event_timestamp": 0,
        "created_timestamp": 0,
        "title": "",
        "text": "Great phone!! Is it NEW?\nÄ",
        "source": "s",
    }
    times = {"event_timestamp": pa.timestamp("us"), "created_timestamp": pa.timestamp("us"), "product_id": pa.string()}
    table = pa.table({name: pa.array([value], times.get(name)) for name, value in row.items()})
    (made,) = partitions.reviews_of(table).to_pylist()
    numbers = {name: made[name] for name in ("characters", "words", "exclamations", "questions", "capitals")}
    assert numbers == {"characters": 26, "words": 6, "exclamations": 2, "questions": 1, "capitals": 6}
