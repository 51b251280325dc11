"""A training frame as a Parquet file: the same rows give the same bytes, in whatever batches they come."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from feature_repo.errors import LostRowsError
from feature_repo.ingest.partitions import ROW_GROUP_ROWS, groups, parquet_writer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SCHEMA = pa.schema(
    [
        pa.field("review_id", pa.string(), nullable=False),
        ("product_id", pa.string()),
        pa.field("event_timestamp", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        ("stars", pa.float64()),
        pa.field("label", pa.string(), nullable=False),
        pa.field("origin", pa.string(), nullable=False),
        pa.field("weight", pa.float64(), nullable=False),
        ("product_reviews", pa.int64()),
        ("product_mean_stars", pa.float64()),
        ("product_positive_share", pa.float64()),
        pa.field("held_out", pa.bool_(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class FrameFile:
    """A frame on disk, and what `FrozenDataset` says of it."""

    path: Path
    sha256: str
    rows: int
    sources: dict[str, int]
    labels: dict[str, dict[str, int]]
    replayed: bool


def write_frame(batches: Iterable[pa.RecordBatch], path: Path, *, feature_service: str, replayed: bool) -> FrameFile:
    """Write rows with the columns of `SCHEMA`, in the order of review ids, one row group in memory at a time.

    `feature_service` and `replayed`, whether some times are not the reviews' own, are written to the file too.

    Raises:
        LostRowsError: A review has no text or no label, is repeated or out of order.
    """
    rows, last = 0, ""
    sources: Counter[str] = Counter()
    labels: dict[str, Counter[str]] = {"training": Counter(), "held_out": Counter()}
    schema = SCHEMA.with_metadata({"feature_service": feature_service, "replayed": str(replayed).lower()})
    with parquet_writer(path, schema) as writer:
        for group in groups(batches):
            table = _checked(group.select(SCHEMA.names), last)
            last = table["review_id"][-1].as_py()
            writer.write_table(table.cast(schema), row_group_size=ROW_GROUP_ROWS)
            rows += table.num_rows
            sources.update({one["values"]: one["counts"] for one in pc.value_counts(table["source"]).to_pylist()})
            for held_out, label in zip(table["held_out"].to_pylist(), table["label"].to_pylist(), strict=True):
                labels["held_out" if held_out else "training"][label] += 1
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    counted = {part: {label: found[label] for label in ("positive", "negative")} for part, found in labels.items()}
    return FrameFile(path, sha256, rows, dict(sorted(sources.items())), counted, replayed)


def _checked(table: pa.Table, last: str) -> pa.Table:
    for field in SCHEMA:
        if not field.nullable and table[field.name].null_count:
            raise LostRowsError(f"Feast returned {table[field.name].null_count} reviews without {field.name}")
    ids = pa.chunked_array([pa.array([last]), *table["review_id"].chunks]).combine_chunks()
    if not pc.all(pc.less(ids[:-1], ids[1:])).as_py():
        raise LostRowsError("Feast returned a review twice, or reviews that are not in the order of their ids")
    return table
