"""A DuckDB database for sorting and counting, with a limit on its memory."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from feature_repo.errors import IngestError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEMORY = "512MB"
BATCH_ROWS = 20_480
"""Rows in one batch of a result."""


@contextmanager
def sorting_database(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an in-memory database that spills to a folder.

    Raises:
        IngestError: The disk is full, or not even spilling suffices.
    """
    with duckdb.connect() as database:
        database.execute("SET memory_limit=?", [MEMORY])
        database.execute("SET temp_directory=?", [str(folder / "sorting")])
        try:
            yield database
        except (duckdb.OutOfMemoryException, duckdb.IOException, OSError) as error:
            reason = str(error).splitlines()[0]
            raise IngestError(f"Sorting failed: {reason} Is there room in {folder.parent}? TMPDIR moves it.") from error
