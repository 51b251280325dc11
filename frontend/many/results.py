"""What came out of a file, kept on disk: one line of JSON for each row, and the formats for people to take away."""

from __future__ import annotations

import csv
import io
import json
import re
from itertools import islice
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import parquet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_SCHEMA = pa.schema(
    {
        "row": pa.int64(),
        "text": pa.string(),
        "label": pa.string(),
        "probability": pa.float64(),
        "model_version": pa.string(),
        "prediction_id": pa.string(),
        "problem": pa.string(),
        "line": pa.int64(),
    }
)
FIELDS = tuple(_SCHEMA.names)
PAGE = 500
"""Rows of a page."""
_SLICE = 10_000
"""Rows in memory at a time."""
_FORMULA = re.compile(r"(^|[;\t\r\n])( *[=+\-@＝＋－＠])")  # noqa: RUF001 - full width, as in Japan
"""Where a spreadsheet sees a formula: at the start of a cell, or behind what it may take for a separator."""


class Results:
    """The results of one file, in the order of its rows. One thread may add while others read."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._pages = [0]
        """Where each page starts, in bytes."""
        self._bytes = 0
        self._rows = 0
        file.touch()

    def __len__(self) -> int:
        return self._rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self._from(0)

    def append(self, results: Iterable[Mapping[str, Any]]) -> None:
        """Add results: all of them or, if the disk is full, none.

        Raises:
            OSError: They could not be written.
        """
        lines = [json.dumps(result, ensure_ascii=False).encode() + b"\n" for result in results]
        with self._file.open("r+b") as out:
            out.seek(self._bytes)
            out.truncate()  # what a failure left
            out.writelines(lines)
        for line in lines:
            self._bytes += len(line)
            self._rows += 1
            if self._rows % PAGE == 0:
                self._pages.append(self._bytes)

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self._rows // PAGE))

    def page(self, number: int) -> list[dict[str, Any]]:
        """Return the results of a page, from 1."""
        return list(islice(self._from(self._pages[number - 1]), PAGE))

    def _from(self, start: int) -> Iterator[dict[str, Any]]:
        end = self._bytes
        with self._file.open("rb") as lines:
            lines.seek(start)
            for line in lines:
                start += len(line)
                if start > end:  # is being added
                    return
                yield json.loads(line)

    def as_json_lines(self) -> bytes:
        """Return them as JSON lines."""
        with self._file.open("rb") as lines:
            return lines.read(self._bytes)

    def as_csv(self) -> bytes:
        """Return them as CSV in UTF-8, with cells that a spreadsheet would take for formulas behind an apostrophe."""
        with TemporaryFile() as file:
            text = io.TextIOWrapper(file, "utf-8-sig", newline="")  # with the mark by which Excel knows it
            writer = csv.writer(text)
            writer.writerow(FIELDS)
            writer.writerows([_cell(result.get(name)) for name in FIELDS] for result in self)
            text.detach()
            file.seek(0)
            return file.read()

    def as_parquet(self) -> bytes:
        """Return them as Parquet."""
        with TemporaryFile() as file:
            with parquet.ParquetWriter(file, _SCHEMA) as writer:
                results = iter(self)
                while rows := list(islice(results, _SLICE)):
                    writer.write_table(pa.Table.from_pylist(rows, _SCHEMA))
            file.seek(0)
            return file.read()


def _cell(value: object) -> object:
    return _FORMULA.sub(r"\1'\2", value) if isinstance(value, str) else value
