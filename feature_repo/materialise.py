"""Copies the newest statistics of each product to the online store, for serving."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import pyarrow.compute as pc

from feature_repo.frame.window import window_before
from feature_repo.lake.keys import PRODUCT_STATS
from feature_repo.lake.objects import Lake
from feature_repo.offline.asof_sql import parquet_scan
from feature_repo.offline.duckdb_engine import reading_the_lake, use_duckdb
from feature_repo.store import open_store, store_errors

if TYPE_CHECKING:
    import pyarrow as pa
    from feast import FeatureService, FeatureStore

    from feature_repo.settings import Settings

VIEW = "product_stats"
BATCH_PRODUCTS = 2_000
STATISTICS = ("reviews", "mean_stars", "positive_share")


class Materialised(NamedTuple):
    """What was copied.

    Attributes:
        products: Number of products with statistics in the window.
        written: Number of those that were written, because the online store had others or none.
    """

    products: int
    written: int


def materialise(settings: Settings, until: datetime) -> Materialised:
    """Copy each product's newest statistics within the window to the online store.

    Rows that are there already are not written, so repeating it writes nothing. Newer statistics are kept. Those
    older than the window are not removed: readers check their time. `until`, the end of the window, has a time zone.

    Raises:
        LakeError: S3 does not answer, or refuses.
        OnlineStoreError: The online store does not answer, or refuses. The next run continues.
    """
    from feature_repo.features import SERVING_SERVICE  # noqa: PLC0415 - imports feast, which takes seconds

    newest = _newest(settings, until)
    if newest is None:
        return Materialised(0, 0)
    written = 0
    with store_errors():
        store = open_store(settings)
        service = store.get_feature_service(SERVING_SERVICE)
        for start in range(0, newest.num_rows, BATCH_PRODUCTS):
            rows = newest.slice(start, BATCH_PRODUCTS)
            changed = _changed(store, service, rows, until)
            if changed:
                store.write_to_online_store(VIEW, df=rows.take(changed).to_pandas(types_mapper=pd.ArrowDtype))
            written += len(changed)
    return Materialised(newest.num_rows, written)


def _newest(settings: Settings, until: datetime) -> pa.Table | None:
    """Return each product's newest row within the window, in the order of ids; None if the lake has no rows."""
    lake = Lake(settings)
    if next(iter(lake.list(f"{PRODUCT_STATS}/")), None) is None:
        return None
    query = _NEWEST.format(scan=parquet_scan(f"s3://{lake.bucket}/{PRODUCT_STATS}/*/*.parquet"))
    window = window_before(until, settings.window_days)
    with reading_the_lake():
        return use_duckdb(settings).execute(query, window).to_arrow_table()


_NEWEST = """
SELECT product_id, event_timestamp, created_timestamp, reviews, mean_stars, positive_share
FROM {scan}
WHERE event_timestamp > $1 AND event_timestamp <= $2
QUALIFY row_number() OVER (PARTITION BY product_id ORDER BY event_timestamp DESC, created_timestamp DESC) = 1
ORDER BY product_id
"""


def _changed(store: FeatureStore, service: FeatureService, rows: pa.Table, until: datetime) -> list[int]:
    """Return the indices of the rows that the online store lacks, or has with other statistics."""
    answer: dict[str, list[Any]] = store.get_online_features(
        features=service, entity_rows=[{"product_id": product_id} for product_id in rows["product_id"].to_pylist()]
    ).to_dict(include_event_timestamps=True)
    times = answer[f"{STATISTICS[0]}__ts"]
    stored = list(zip(times, *(answer[name] for name in STATISTICS), strict=True))
    seconds = pc.divide(pc.cast(rows["event_timestamp"], "int64"), 1_000_000).to_pylist()
    wanted = list(zip(seconds, *(rows[name].to_pylist() for name in STATISTICS), strict=True))
    latest = until.astimezone(UTC).timestamp()
    return [
        row for row, (have, want) in enumerate(zip(stored, wanted, strict=True)) if have != want and have[0] <= latest
    ]
