"""A database for sorting and counting that takes no more memory than it is given."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEMORY = "512MB"
BATCH_ROWS = 20_480
"""Rows that are fetched at once."""


@contextmanager
def sorting_database(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a database in memory that continues below a folder where what it sorts does not fit."""
    with duckdb.connect() as database:
        database.execute("SET memory_limit=?", [MEMORY])
        database.execute("SET temp_directory=?", [str(folder / "sorting")])
        yield database
