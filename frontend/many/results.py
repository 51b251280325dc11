"""What came out of a file, kept on disk: one line of JSON for each row, and the formats for people to take away."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import parquet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FIELDS = ("row", "text", "label", "probability", "model_version", "prediction_id", "rated", "problem")
_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in FIELDS if name not in {"row", "probability"}),
        ("row", pa.int64()),
        ("probability", pa.float64()),
    ]
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A spreadsheet takes a cell that begins so for a formula."""
_SLICE = 10_000
"""Rows in memory at a time."""


class Results:
    """The results of one file, in the order of its rows."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.touch()

    def append(self, results: Iterator[Mapping[str, Any]]) -> None:
        """Add results, all or, if the disk is full, some."""
        with self.file.open("a", encoding="utf-8") as out:
            out.writelines(json.dumps(result, ensure_ascii=False) + "\n" for result in results)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        with self.file.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)

    def first(self, number: int) -> list[dict[str, Any]]:
        """Return the first results."""
        return [result for result, _ in zip(self, range(number), strict=False)]

    def as_json_lines(self) -> bytes:
        """Return them as JSON lines."""
        return self.file.read_bytes()

    def as_csv(self) -> bytes:
        """Return them as CSV in UTF-8, with cells that a spreadsheet would take for formulas behind an apostrophe."""
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(FIELDS)
        writer.writerows([_cell(result.get(name)) for name in FIELDS] for result in self)
        return out.getvalue().encode("utf-8-sig")  # with the mark by which Excel knows it

    def as_parquet(self) -> bytes:
        """Return them as Parquet."""
        out = io.BytesIO()
        with parquet.ParquetWriter(out, _SCHEMA) as writer:
            rows: list[dict[str, Any]] = []
            for result in self:
                rows.append(result)
                if len(rows) == _SLICE:
                    writer.write_table(pa.Table.from_pylist(rows, _SCHEMA))
                    rows = []
            writer.write_table(pa.Table.from_pylist(rows, _SCHEMA))
        return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
