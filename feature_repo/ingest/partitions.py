"""Parquet files of one month each: the same rows give the same bytes."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from feature_repo.errors import DamagedLakeError
from feature_repo.ingest.database import BATCH_ROWS
from feature_repo.lake.keys import REVIEWS as REVIEWS_PREFIX
from feature_repo.lake.keys import partition
from feature_repo.lake.manifest import Object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from feature_repo.lake.manifest import Manifest
    from feature_repo.lake.objects import Lake

    Make = Callable[[pa.Table], pa.Table]

ROW_GROUP_ROWS = 50_000
TIMES = [
    pa.field("event_timestamp", pa.timestamp("us", tz="UTC"), nullable=False),
    pa.field("created_timestamp", pa.timestamp("us", tz="UTC"), nullable=False),
]
"""The columns that every table has: when it happened, and when it was known."""

REVIEWS = pa.schema(
    [
        pa.field("review_id", pa.string(), nullable=False),
        ("product_id", pa.string()),
        *TIMES,
        pa.field("title", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("characters", pa.int64(), nullable=False),
        pa.field("words", pa.int64(), nullable=False),
        pa.field("exclamations", pa.int64(), nullable=False),
        pa.field("questions", pa.int64(), nullable=False),
        pa.field("capitals", pa.int64(), nullable=False),
    ]
)
LABELS = pa.schema(
    [
        pa.field("review_id", pa.string(), nullable=False),
        *TIMES,
        pa.field("label", pa.string(), nullable=False),
        ("stars", pa.float64()),
        pa.field("origin", pa.string(), nullable=False),
        pa.field("weight", pa.float64(), nullable=False),
        ("held_out", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class LocalObject(Object):
    """An object that is to be written to the lake, and the path of its file."""

    path: Path

    @classmethod
    def of(cls, key: str, path: Path, rows: int) -> LocalObject:
        """Return the object for a complete file."""
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return cls(key, sha256, path.stat().st_size, rows, path)


def reviews_of(rows: pa.Table) -> pa.Table:
    """Return the columns of `offline/reviews` for spooled rows: texts, and simple statistics of them."""
    text = rows["text"]
    statistics = {
        "characters": pc.utf8_length(text),
        "words": pc.count_substring_regex(text, r"\S+"),
        "exclamations": pc.count_substring(text, "!"),
        "questions": pc.count_substring(text, "?"),
        "capitals": pc.count_substring_regex(text, r"\p{Lu}"),
    }
    columns = [statistics[name] if name in statistics else rows[name] for name in REVIEWS.names]
    return pa.table(dict(zip(REVIEWS.names, columns, strict=True))).cast(REVIEWS)


def labels_of(rows: pa.Table) -> pa.Table:
    """Return the columns of `offline/labels` for spooled rows."""
    return rows.select(LABELS.names).cast(LABELS)


def write_months(
    batches: Iterable[pa.RecordBatch], folder: Path, name: str, tables: Mapping[str, Make]
) -> list[LocalObject]:
    """Write a file for each month and each of the tables, by the functions that make their rows; return the files.

    The rows are ordered by `month`; one batch and one row group are in memory at a time. In the lake, each file has
    the same name.
    """
    written = []
    for month, groups in _months(batches):
        paths = {table: folder / f"{table.replace('/', '-')}-{month}.parquet" for table in tables}
        rows = 0
        with ExitStack() as open_files:
            writers: dict[str, pq.ParquetWriter] = {}
            for group in groups:
                for table, make in tables.items():
                    made = make(group)
                    if table not in writers:
                        writers[table] = open_files.enter_context(parquet_writer(paths[table], made.schema))
                    writers[table].write_table(made, row_group_size=ROW_GROUP_ROWS)
                rows += group.num_rows
        written += [LocalObject.of(partition(table, month, name), path, rows) for table, path in paths.items()]
    return written


def parquet_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Return a writer with the settings that all files of the lake have."""
    return pq.ParquetWriter(path, schema, compression="zstd", compression_level=3)


def text_batches(lake: Lake, source: Manifest, path: Path, *, first: str = "") -> Iterator[pa.RecordBatch]:
    """Yield `review_id`, `title` and `text` of a source's reviews, of files whose keys are not before `first`.

    Each file is downloaded to the path, one after the other.

    Raises:
        DamagedLakeError: A file is missing.
    """
    for one in source.objects:
        if not one.key.startswith(f"{REVIEWS_PREFIX}/") or one.key < first:
            continue
        if lake.download(one.key, path) is None:
            raise DamagedLakeError(f"s3://{lake.bucket}/{one.key} is missing: ingest its source again.")
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(BATCH_ROWS, columns=["review_id", "title", "text"])


def _months(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[str, Iterator[pa.Table]]]:
    """Yield each month with its row groups, which must be used up before the next month."""
    for month, slices in groupby(_slices(batches), key=itemgetter(0)):
        yield month, groups(rows for _, rows in slices)


def _slices(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[str, pa.RecordBatch]]:
    for batch in batches:
        start = 0
        for found in pc.value_counts(batch["month"]).to_pylist():  # in the order in which months first occur
            yield found["values"], batch.slice(start, found["counts"])
            start += found["counts"]


def groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Cut rows into row groups of one size, so that the bytes do not depend on the size of the batches."""
    pending: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        pending.append(batch)
        rows += batch.num_rows
        while rows >= ROW_GROUP_ROWS:
            table = pa.Table.from_batches(pending)
            yield table.slice(0, ROW_GROUP_ROWS).combine_chunks()
            pending = table.slice(ROW_GROUP_ROWS).to_batches()
            rows -= ROW_GROUP_ROWS
    if rows:
        yield pa.Table.from_batches(pending).combine_chunks()
