"""Which of a source's reviews the lake keeps, as files to write: each text once in the whole lake, by its indexes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from feature_repo.errors import DamagedLakeError
from feature_repo.ingest import partitions
from feature_repo.ingest.database import BATCH_ROWS, sorting_database
from feature_repo.ingest.partitions import LocalObject, write_months
from feature_repo.lake.keys import FEEDBACK, LABELS, REVIEWS, index, quarantine
from feature_repo.lake.manifest import IngestCounts, Manifest, Object, read_manifests

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import duckdb

    from feature_repo.ingest.spool import Prepared
    from feature_repo.lake.objects import Lake

INDEX = pa.schema(
    [
        ("text_hash", pa.int64()),
        ("document_hash", pa.int64()),
        ("review_id", pa.string()),
        ("product_id", pa.string()),
        ("event_timestamp", pa.timestamp("us")),
        ("label", pa.string()),
        ("stars", pa.float64()),
        ("kept", pa.bool_()),
    ]
)
"""The columns of an index, ordered by `text_hash`; times are in UTC.

A row that is not `kept` is a duplicate: the lake has its text under another title.
"""

_TABLES = {REVIEWS: partitions.reviews_of, LABELS: partitions.labels_of}

# Of equal texts, the first with a label is kept; one with three stars only if there is no other.
_CHOSEN = """
CREATE TABLE chosen AS
SELECT coalesce(min(ordinal) FILTER (label IS NOT NULL), min(ordinal)) AS ordinal
FROM spooled
WHERE text_hash NOT IN (SELECT text_hash FROM elsewhere WHERE kept AND label IS NOT NULL)
  AND (label IS NOT NULL OR text_hash NOT IN (SELECT text_hash FROM elsewhere WHERE kept))
GROUP BY text_hash
"""
_COUNTS = """
SELECT count(*), min(event_timestamp), max(event_timestamp), (SELECT count(label) FROM spooled)
FROM spooled SEMI JOIN chosen USING (ordinal) WHERE label IS NOT NULL
"""
_KEPT = "SELECT * FROM spooled SEMI JOIN chosen USING (ordinal) WHERE label IS NOT NULL ORDER BY month, review_id"
# Duplicates are in the index, too: feedback on one under its own title is feedback on the text that is kept.
_INDEXED = """
SELECT *, true AS kept FROM spooled SEMI JOIN chosen USING (ordinal)
UNION ALL
SELECT *, false AS kept FROM spooled SEMI JOIN (
  SELECT coalesce(min(ordinal) FILTER (label IS NOT NULL), min(ordinal)) AS ordinal FROM spooled
  WHERE document_hash NOT IN (SELECT document_hash FROM spooled SEMI JOIN chosen USING (ordinal))
  GROUP BY document_hash
) USING (ordinal)
ORDER BY text_hash, kept DESC, document_hash
"""


def select(lake: Lake, prepared: Prepared, folder: Path) -> tuple[list[LocalObject], Manifest]:
    """Return the objects that the lake should hold of a source, and its manifest, without writing to the lake.

    Feedback has no index, and other sources are not looked at: only texts without stars are spooled for it.

    Raises:
        LakeError: The indexes of other sources cannot be read.
    """
    feedback = prepared.source == FEEDBACK
    others = [] if feedback else list(read_manifests(lake, but={prepared.source, FEEDBACK}))
    with sorting_database(folder) as database:
        database.register("elsewhere", read_indexes(lake, others, ["text_hash", "label", "kept"]))
        database.read_parquet(str(prepared.spool)).create_view("spooled")
        database.execute(_CHOSEN)
        kept, first, last, labelled = database.execute(_COUNTS).fetchone() or (0, None, None, 0)
        batches = database.execute(_KEPT).to_arrow_reader(BATCH_ROWS)
        objects = write_months(batches, folder, prepared.source, _TABLES)
        if not feedback:
            objects.append(_index(database, prepared, folder))
    if prepared.quarantined:
        objects.append(LocalObject.of(quarantine(prepared.source), prepared.rejected, prepared.quarantined))
    counts = IngestCounts(
        kept=kept,
        duplicate=prepared.duplicate + labelled - kept,
        quarantined=prepared.quarantined,
        set_aside=prepared.set_aside,
    )
    return objects, Manifest(
        source=prepared.source,
        counts=counts,
        objects=tuple(Object(one.key, one.sha256, one.size, one.rows) for one in objects),
        first=None if first is None else f"{first.isoformat()}+00:00",
        last=None if last is None else f"{last.isoformat()}+00:00",
        replayed_until=prepared.replayed_until,
        made_from=prepared.made_from,
    )


def _index(database: duckdb.DuckDBPyConnection, prepared: Prepared, folder: Path) -> LocalObject:
    path = folder / "index.parquet"
    rows = 0
    with partitions.parquet_writer(path, INDEX) as writer:
        for group in partitions.groups(database.sql(_INDEXED).select(*INDEX.names).to_arrow_reader(BATCH_ROWS)):
            writer.write_table(group.cast(INDEX))
            rows += group.num_rows
    return LocalObject.of(index(prepared.source), path, rows)


def read_indexes(lake: Lake, sources: Iterable[str], columns: Sequence[str]) -> pa.Table:
    """Return columns of the indexes of sources, concatenated.

    Raises:
        DamagedLakeError: An index is missing or cannot be read.
    """
    schema = pa.schema([INDEX.field(name) for name in columns])
    tables = [_table(key, content, schema) for key, content in lake.get_all([index(one) for one in sources])]
    return pa.concat_tables([schema.empty_table(), *tables])


def _table(key: str, content: bytes, schema: pa.Schema) -> pa.Table:
    try:
        return pq.read_table(io.BytesIO(content), columns=schema.names).cast(schema)
    except (pa.ArrowException, ValueError, OSError) as error:
        raise DamagedLakeError(f"{key} cannot be read: remove it and ingest its source again.") from error
