"""Which of a source's reviews the lake keeps, as files to write: each text once in the whole lake, by its indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feature_repo.ingest import partitions
from feature_repo.ingest.database import BATCH_ROWS, sorting_database
from feature_repo.ingest.index import read_indexes, read_sides, write_index
from feature_repo.ingest.partitions import LocalObject, write_months
from feature_repo.lake.keys import FEEDBACK, LABELS, REVIEWS, quarantine
from feature_repo.lake.manifest import IngestCounts, Manifest, Object, read_manifests

if TYPE_CHECKING:
    from pathlib import Path

    from feature_repo.ingest.spool import Prepared
    from feature_repo.lake.objects import Lake

_TABLES = {REVIEWS: partitions.reviews_of, LABELS: partitions.labels_of}

# A text is the same under another title, and where the title is a part of it.
_THEIRS = """
CREATE TABLE theirs AS
SELECT fingerprint, bool_or(label IS NOT NULL) AS labelled
FROM (
  SELECT fingerprint, label FROM elsewhere WHERE kept
  UNION ALL SELECT document_fingerprint, label FROM elsewhere WHERE kept
)
GROUP BY fingerprint
"""
_KNOWN = """
CREATE TABLE known AS
SELECT ordinal FROM spooled JOIN theirs ON theirs.fingerprint = spooled.fingerprint WHERE labelled OR label IS NULL
UNION ALL
SELECT ordinal FROM spooled JOIN theirs ON theirs.fingerprint = document_fingerprint WHERE labelled OR label IS NULL
UNION ALL
SELECT ordinal FROM spooled JOIN theirs ON theirs.fingerprint = text_hash WHERE labelled OR label IS NULL
"""
# Of equal texts, the first with a label is kept; one with three stars only if there is no other.
_CHOSEN = """
CREATE TABLE chosen AS
SELECT coalesce(min(ordinal) FILTER (label IS NOT NULL), min(ordinal)) AS ordinal
FROM spooled
WHERE ordinal NOT IN (SELECT ordinal FROM known)
GROUP BY fingerprint
"""
# A text keeps the side that it had: under another title or spelling, or in a source that is being replaced.
_SIDED = """
CREATE VIEW sided AS
SELECT spooled.* REPLACE (
  coalesce(own.held_out OR old.held_out, own.held_out, old.held_out, spooled.held_out) AS held_out
)
FROM spooled
LEFT JOIN sides own ON own.fingerprint = spooled.fingerprint
LEFT JOIN sides old ON old.fingerprint = spooled.text_hash
"""
_SIDES = "CREATE TABLE sides AS SELECT fingerprint, bool_or(held_out) AS held_out FROM stored GROUP BY fingerprint"
_COUNTS = """
SELECT count(*), min(event_timestamp), max(event_timestamp), (SELECT count(label) FROM spooled)
FROM spooled SEMI JOIN chosen USING (ordinal) WHERE label IS NOT NULL
"""
_KEPT = "SELECT * FROM sided SEMI JOIN chosen USING (ordinal) WHERE label IS NOT NULL ORDER BY month, review_id"
# Duplicates are in the index, too: feedback on one under its own title is feedback on the text that is kept.
_INDEXED = """
SELECT *, true AS kept FROM sided SEMI JOIN chosen USING (ordinal)
UNION ALL
SELECT *, false AS kept FROM sided SEMI JOIN (
  SELECT coalesce(min(ordinal) FILTER (label IS NOT NULL), min(ordinal)) AS ordinal FROM spooled
  WHERE document_fingerprint NOT IN (SELECT document_fingerprint FROM spooled SEMI JOIN chosen USING (ordinal))
  GROUP BY document_fingerprint
) USING (ordinal)
ORDER BY fingerprint, kept DESC, document_fingerprint
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
        columns = ["fingerprint", "document_fingerprint", "label", "kept"]
        database.register("elsewhere", read_indexes(lake, others, columns))
        database.register("stored", read_sides(lake))
        database.read_parquet(str(prepared.spool)).create_view("spooled")
        for statement in (_THEIRS, _KNOWN, _CHOSEN, _SIDES, _SIDED):
            database.execute(statement)
        kept, first, last, labelled = database.execute(_COUNTS).fetchone() or (0, None, None, 0)
        batches = database.execute(_KEPT).to_arrow_reader(BATCH_ROWS)
        objects = write_months(batches, folder, prepared.source, _TABLES)
        if not feedback:
            objects.append(write_index(database.sql(_INDEXED), prepared.source, folder / "index.parquet"))
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
