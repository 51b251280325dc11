"""From spooled reviews to the objects of a source in the lake, of which the manifest is the last."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb

from feature_repo.ingest import known, partitions
from feature_repo.ingest.counts import IngestCounts
from feature_repo.ingest.manifest import Manifest, Object, objects_of, read_manifest, read_manifests
from feature_repo.ingest.partitions import LocalObject, write_months
from feature_repo.keys import FEEDBACK, LABELS, REVIEWS, index, manifest, quarantine

if TYPE_CHECKING:
    from pathlib import Path

    from feature_repo.ingest.lease import Lease
    from feature_repo.lake import Lake

BATCH_ROWS = 20_480
MEMORY = "1GB"
"""What sorting may take; the rest goes to the disk."""

_TABLES = {REVIEWS: partitions.reviews_of, LABELS: partitions.labels_of}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A source read to its end, on the local disk.

    Attributes:
        source: Its id.
        spool: Its reviews, as `Spool` writes them.
        rejected: Its rows that could not be read, as lines of JSON; may be empty.
        quarantined: How many they are.
        set_aside: Rows left out on purpose: how many for each reason.
        duplicate: Rows known already to repeat others.
        replayed_until: See `Manifest`.
        made_from: See `Manifest`.
    """

    source: str
    spool: Path
    rejected: Path
    quarantined: int
    set_aside: dict[str, int]
    duplicate: int = 0
    replayed_until: str | None = None
    made_from: dict[str, str] = field(default_factory=dict)


def finished(lake: Lake, source: str) -> Manifest | None:
    """Return the manifest of a source all of whose objects are there; None where it has to be done again."""
    found = read_manifest(lake, source)
    if found is None:
        return None
    there = objects_of(lake, source)
    parquet = {one.key: one.size for one in found.objects if one.key.endswith(".parquet")}
    return found if there == parquet else None


def publish(lake: Lake, lease: Lease, prepared: Prepared, folder: Path) -> IngestCounts:
    """Make the lake hold exactly this of a source: each text once, and none that another source has.

    Until it is done the source has no manifest. Objects that are there already are not written again.

    Args:
        lake: The bucket.
        lease: Held; it is asked again before the manifest is written.
        prepared: The source.
        folder: Empty, for files on the way.
    """
    objects, made = _manifest_of(lake, prepared, folder)
    before = read_manifest(lake, prepared.source)
    there = objects_of(lake, prepared.source)
    if before is not None and before.to_json() == made.to_json() and finished(lake, prepared.source):
        return made.counts
    have = {one.key: one.sha256 for one in before.objects if there.get(one.key) == one.size} if before else {}
    own = manifest(prepared.source)
    lake.delete([own])
    for one in objects:
        if have.get(one.key) != one.sha256:
            lease.check()
            lake.put(one.key, one.path)
    lake.delete({*there, quarantine(prepared.source)} - {one.key for one in objects})
    lease.renew()
    lake.put(own, made.to_json())
    return IngestCounts.from_dict(made.counts.to_dict(), changed=True)


def _manifest_of(lake: Lake, prepared: Prepared, folder: Path) -> tuple[list[LocalObject], Manifest]:
    others = (
        []
        if prepared.source == FEEDBACK
        else [source for source in read_manifests(lake) if source not in (prepared.source, FEEDBACK)]
    )
    with duckdb.connect() as database:
        database.execute(f"SET memory_limit='{MEMORY}'")
        database.execute("SET temp_directory=?", [str(folder)])
        database.register("elsewhere", known.read_indexes(lake, others, ["text_hash"]))
        database.execute(
            """
            CREATE TABLE kept AS SELECT min(ordinal) AS ordinal FROM read_parquet(?)
            WHERE text_hash NOT IN (SELECT text_hash FROM elsewhere) GROUP BY text_hash
            """,
            [str(prepared.spool)],
        )
        spooled, kept, first, last = database.execute(
            """
            SELECT count(*), count(kept.ordinal), min(event_timestamp) FILTER (kept.ordinal IS NOT NULL),
              max(event_timestamp) FILTER (kept.ordinal IS NOT NULL)
            FROM read_parquet(?) LEFT JOIN kept USING (ordinal)
            """,
            [str(prepared.spool)],
        ).fetchone() or (0, 0, None, None)
        objects = write_months(
            database.execute(
                "SELECT * FROM read_parquet(?) SEMI JOIN kept USING (ordinal) ORDER BY month, review_id",
                [str(prepared.spool)],
            ).fetch_record_batch(BATCH_ROWS),
            folder,
            prepared.source,
            _TABLES,
        )
        if prepared.source != FEEDBACK:
            objects.append(_index(database, prepared, folder, kept))
    if prepared.quarantined:
        objects.append(LocalObject.of(quarantine(prepared.source), prepared.rejected, prepared.quarantined))
    counts = IngestCounts(
        kept=kept,
        duplicate=prepared.duplicate + spooled - kept,
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


def _index(database: duckdb.DuckDBPyConnection, prepared: Prepared, folder: Path, rows: int) -> LocalObject:
    path = folder / "index.parquet"
    columns = ", ".join(known.SCHEMA.names)
    batches = database.execute(
        f"SELECT {columns} FROM read_parquet(?) SEMI JOIN kept USING (ordinal) ORDER BY text_hash",  # noqa: S608 - own names
        [str(prepared.spool)],
    ).fetch_record_batch(partitions.ROW_GROUP_ROWS)
    with partitions.parquet_writer(path, known.SCHEMA) as writer:
        for group in partitions.groups(batches):
            writer.write_table(group.cast(known.SCHEMA), row_group_size=partitions.ROW_GROUP_ROWS)
    return LocalObject.of(index(prepared.source), path, rows)
