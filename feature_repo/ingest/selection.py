"""Which of a source's reviews the lake keeps, as files to write: each text once in the whole lake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feature_repo.ingest import known, partitions
from feature_repo.ingest.database import BATCH_ROWS, sorting_database
from feature_repo.ingest.partitions import LocalObject, write_months
from feature_repo.lake.counts import IngestCounts
from feature_repo.lake.keys import FEEDBACK, LABELS, REVIEWS, index, quarantine
from feature_repo.lake.manifest import Manifest, Object, read_manifests

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from feature_repo.ingest.spool import Prepared
    from feature_repo.lake.objects import Lake

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
        database.register("elsewhere", known.read_indexes(lake, others, ["text_hash", "label", "kept"]))
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
        set_aside=tuple(sorted(prepared.set_aside.items())),
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
    with partitions.parquet_writer(path, known.SCHEMA) as writer:
        for group in partitions.groups(database.sql(_INDEXED).select(*known.SCHEMA.names).to_arrow_reader(BATCH_ROWS)):
            writer.write_table(group.cast(known.SCHEMA))
            rows += group.num_rows
    return LocalObject.of(index(prepared.source), path, rows)
