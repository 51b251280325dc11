"""The reviews of a training frame, read from the lake itself, so that Feast's result can be checked against them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from feature_repo.errors import EmptyLakeError
from feature_repo.lake.keys import FEEDBACK, LABELS, REVIEWS
from feature_repo.lake.manifest import read_manifests
from feature_repo.lake.objects import Lake
from feature_repo.offline.asof_sql import quoted
from feature_repo.offline.duckdb_engine import reading_the_lake, use_duckdb

if TYPE_CHECKING:
    from datetime import datetime

    import pyarrow as pa

    from feature_repo.settings import Settings


class Window(NamedTuple):
    """The window of a frame, from `start` (exclusive) to `end` (inclusive), both in UTC."""

    start: datetime
    end: datetime


class Labelled(NamedTuple):
    """The labelled reviews of a window.

    Attributes:
        entities: `review_id`, `product_id` (null if unknown) and `event_timestamp` of each review once, ordered by
            `review_id`.
        replayed: Whether some of the times are not the reviews' own.
    """

    entities: pa.Table
    replayed: bool


def labelled_reviews(settings: Settings, window: Window) -> Labelled:
    """Return the labelled reviews of a window. A review that several sources have is taken at its newest time.

    Raises:
        EmptyLakeError: The lake has no reviews or no labels.
        LakeError: S3 does not answer, or refuses.
    """
    lake = Lake(settings)
    for table in (REVIEWS, LABELS):
        if next(iter(lake.list(f"{table}/")), None) is None:
            raise EmptyLakeError(f"s3://{lake.bucket}/{table}/ is empty: ingest reviews first")
    connection = use_duckdb(settings)
    query = _QUERY.format(reviews=_scan(lake, REVIEWS), labels=_scan(lake, LABELS))
    with reading_the_lake():
        entities = connection.execute(query, window).to_arrow_table()
    return Labelled(entities, replayed=_replayed(lake, window))


_QUERY = """
SELECT review_id, arg_max(product_id, (event_timestamp, created_timestamp, product_id IS NOT NULL)) AS product_id,
  max(event_timestamp) AS event_timestamp
FROM {reviews}
WHERE event_timestamp > $1 AND event_timestamp <= $2 AND review_id IN (SELECT review_id FROM {labels})
GROUP BY review_id
ORDER BY review_id
"""


def _scan(lake: Lake, table: str) -> str:
    return f"read_parquet({quoted(f's3://{lake.bucket}/{table}/*/*.parquet')}, hive_partitioning = false)"


def _replayed(lake: Lake, window: Window) -> bool:
    """Return whether a source with replayed times overlaps the window."""
    replayed = [source for source in read_manifests(lake, but={FEEDBACK}).values() if source.replayed_until is not None]
    first, last = window.start.isoformat(), window.end.isoformat()
    return any(source.first and source.last and source.last > first and source.first <= last for source in replayed)
