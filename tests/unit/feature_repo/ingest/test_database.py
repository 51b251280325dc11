from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from feature_repo.errors import IngestError
from feature_repo.ingest import database
from feature_repo.ingest.database import sorting_database

if TYPE_CHECKING:
    from pathlib import Path

MANY = "SELECT hash(range) AS number, repeat('text ', 100) || range AS text FROM range(400000) ORDER BY number"


def test_sorting_spills_to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "MEMORY", "160MB")
    with sorting_database(tmp_path) as sorting:
        batches = sorting.execute(MANY).to_arrow_reader(10_000)
        assert any((tmp_path / "sorting").iterdir())
        assert sum(batch.num_rows for batch in batches) == 400_000


def test_a_full_disk_is_one_line_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "MEMORY", "160MB")
    small = f"SET max_temp_directory_size='1MB'; {MANY}"
    with pytest.raises(IngestError, match="TMPDIR moves it") as raised, sorting_database(tmp_path) as sorting:
        sorting.execute(small).fetchall()
    assert "\n" not in str(raised.value)


def test_a_wrong_query_is_not_reported_as_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(duckdb.BinderException), sorting_database(tmp_path) as sorting:
        sorting.execute("SELECT nothing")
