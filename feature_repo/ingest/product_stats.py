"""The statistics of each product over the days before each day, from reviews with stars or a label."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyarrow as pa

from feature_repo.ingest.database import BATCH_ROWS, sorting_database
from feature_repo.ingest.index import read_indexes
from feature_repo.ingest.leased import leased
from feature_repo.ingest.partitions import TIMES, write_months
from feature_repo.lake.keys import FEEDBACK, PRODUCT_STATS, PRODUCT_STATS_MANIFEST, index
from feature_repo.lake.manifest import FORMAT, read_manifests
from feature_repo.lake.objects import Lake
from feature_repo.lake.secret import hold_out_of

if TYPE_CHECKING:
    from feature_repo.ingest.partitions import LocalObject
    from feature_repo.lake.manifest import Manifest
    from feature_repo.settings import Settings

NAME = "part"

SCHEMA = pa.schema(
    [
        pa.field("product_id", pa.string(), nullable=False),
        *TIMES,
        pa.field("reviews", pa.int64(), nullable=False),
        ("mean_stars", pa.float64()),
        pa.field("positive_share", pa.float64(), nullable=False),
    ]
)

# A review counts from the day after its own until it is `window` days old. Stars are summed as whole millionths:
# sums of integers do not depend on the order, and return to zero exactly.
_STATS = """
WITH changes AS (
  SELECT product_id, unnest([day + 1, day + 1 + $window]) AS day, unnest([1, -1]) AS reviews,
    unnest([positive, -positive]) AS positive, unnest([starred, -starred]) AS starred, unnest([stars, -stars]) AS stars
  FROM (
    SELECT product_id, event_timestamp::DATE AS day, coalesce(label = 'positive', false)::BIGINT AS positive,
      (stars IS NOT NULL)::BIGINT AS starred, coalesce(round(stars * 1000000)::BIGINT, 0) AS stars
    FROM reviews WHERE product_id IS NOT NULL
  )
), days AS (
  SELECT product_id, day, sum(reviews)::BIGINT AS reviews, sum(positive)::BIGINT AS positive,
    sum(starred)::BIGINT AS starred, sum(stars)::BIGINT AS stars
  FROM changes GROUP BY ALL
), sums AS (
  SELECT product_id, day, sum(reviews) OVER before AS reviews, sum(positive) OVER before AS positive,
    sum(starred) OVER before AS starred, sum(stars) OVER before AS stars
  FROM days WINDOW before AS (PARTITION BY product_id ORDER BY day ROWS UNBOUNDED PRECEDING)
), numbers AS (
  SELECT product_id, day, reviews::BIGINT AS reviews,
    CASE WHEN starred > 0 THEN stars::DOUBLE / 1000000 / starred::DOUBLE END AS mean_stars,
    CASE WHEN reviews > 0 THEN positive::DOUBLE / reviews::DOUBLE ELSE 0 END AS positive_share
  FROM sums
)
SELECT strftime(day, '%Y-%m') AS month, product_id, day::TIMESTAMP AS event_timestamp, reviews, mean_stars,
  positive_share
FROM numbers
QUALIFY (reviews, mean_stars, positive_share) IS DISTINCT FROM
  lag((reviews, mean_stars, positive_share)) OVER (PARTITION BY product_id ORDER BY day)
ORDER BY month, product_id, day
"""


def update_product_stats(settings: Settings) -> bool:
    """Update `offline/product_stats` from the lake's reviews, and return whether it changed.

    A day's statistics cover the reviews of the `window_days` days before it, from midnight to midnight UTC. Days on
    which nothing changes have no row. If no source has changed, nothing is computed.

    Raises:
        IngestConflictError: Another ingest takes too long.
        LakeError: S3 does not answer, or refuses. The next run continues.
    """
    lake = Lake(settings)
    with leased(lake, hold_out_of(settings)) as held, TemporaryDirectory() as name:
        sources = read_manifests(lake, but={FEEDBACK})
        made_from = _made_from(sources, settings.window_days)
        done = lake.get(PRODUCT_STATS_MANIFEST)
        there = {listed.key: listed.size for listed in lake.list(f"{PRODUCT_STATS}/")}
        before = json.loads(done) if done is not None else {}
        if before.get("made_from") == made_from and before.get("sizes") == there:
            return False
        reviews = read_indexes(lake, sources, ["product_id", "event_timestamp", "label", "stars", "kept"])
        objects = write_stats(reviews.filter(reviews["kept"]), settings.window_days, Path(name))
        lake.delete([PRODUCT_STATS_MANIFEST])
        lake.put_files([(one.key, one.path) for one in objects], before_each=held.check)
        lake.delete(there.keys() - {one.key for one in objects})
        held.renew()
        record = {"made_from": made_from, "sizes": {one.key: one.size for one in objects}}
        lake.put(PRODUCT_STATS_MANIFEST, json.dumps(record, indent=2, sort_keys=True).encode())
    return True


def write_stats(reviews: pa.Table, window_days: int, folder: Path) -> list[LocalObject]:
    """Write the statistics of products, one file for each month, and return the files.

    Args:
        reviews: `product_id`, `event_timestamp`, `label` (null for three stars) and `stars` (null if unknown).
        window_days: The days before a day that count for it.
        folder: The folder for the files.
    """
    with sorting_database(folder) as database:
        database.register("reviews", reviews)
        batches = database.execute(_STATS, {"window": window_days}).to_arrow_reader(BATCH_ROWS)
        return write_months(batches, folder, NAME, {PRODUCT_STATS: _stats_of})


def _made_from(sources: dict[str, Manifest], window_days: int) -> str:
    """Return a checksum of everything that the statistics depend on."""
    indexes = sorted(one.sha256 for key, found in sources.items() for one in found.objects if one.key == index(key))
    return hashlib.sha256(json.dumps([FORMAT, window_days, indexes]).encode()).hexdigest()


def _stats_of(rows: pa.Table) -> pa.Table:
    rows = rows.append_column("created_timestamp", rows["event_timestamp"])
    return rows.select(SCHEMA.names).cast(SCHEMA)
