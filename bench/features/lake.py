"""A lake to measure with: texts combined from the sample's, of products of which few have many reviews."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from feature_repo.ingest.partitions import LABELS as LABELS_SCHEMA
from feature_repo.ingest.partitions import REVIEWS as REVIEWS_SCHEMA
from feature_repo.ingest.product_stats import SCHEMA as STATS_SCHEMA
from feature_repo.lake.keys import LABELS, PRODUCT_STATS, REVIEWS
from sentiment.reviews.sample import load_sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNTIL = datetime(2026, 11, 26, tzinfo=UTC)
"""Midnight, so that the window is exactly half of the lake's days."""
DAYS = 180
PRODUCTS = 50_000
SENTENCES = 4
SKEW = 0.8
BATCH = 100_000
STATISTICS = ("characters", "words", "exclamations", "questions", "capitals")
FEWEST_POSITIVE_STARS = 4


def write_lake(folder: Path, reviews_in_window: int) -> None:
    """Write reviews, labels and product statistics as ingest does; twice as many as in the window."""
    random = np.random.default_rng(0)
    texts = np.array([review.text for review in load_sample()], dtype=object)
    shares = 1 / np.arange(1, PRODUCTS + 1) ** SKEW
    counted = []
    total, written = 2 * reviews_in_window, 0
    while written < total:
        count = min(BATCH, total - written)
        start = np.datetime64((UNTIL - timedelta(days=DAYS)).replace(tzinfo=None), "us")
        # Sorted by time, as the file of a month is.
        since = np.sort((written + random.random(count) * count) / total * DAYS * 86_400e6).astype("timedelta64[us]")
        time = pa.array(start + since).cast(pa.timestamp("us", tz="UTC"))
        ids = [hashlib.blake2b(str(written + row).encode(), digest_size=16).hexdigest() for row in range(count)]
        products = random.choice(PRODUCTS, count, p=shares / shares.sum())
        stars = random.choice([1.0, 2.0, 4.0, 5.0], count, p=[0.1, 0.06, 0.2, 0.64])
        rows = pa.table(
            {
                "review_id": ids,
                "product_id": [f"B{product:09d}" for product in products],
                "event_timestamp": time,
                "created_timestamp": time,
                "title": ["A title"] * count,
                "text": [" ".join(texts[some]) for some in random.integers(0, len(texts), (count, SENTENCES))],
                "source": ["bench"] * count,
                "stars": stars,
                "label": np.where(stars >= FEWEST_POSITIVE_STARS, "positive", "negative"),
                "origin": ["stars"] * count,
                "weight": np.ones(count),
                **{name: np.full(count, 7) for name in STATISTICS},
            }
        )
        for table, schema in ((REVIEWS, REVIEWS_SCHEMA), (LABELS, LABELS_SCHEMA)):
            _write_months(folder, table, f"{written:09d}", rows.select(schema.names).cast(schema))
        counted.append(rows.select(["product_id", "event_timestamp", "stars"]))
        written += count
    _write_months(folder, PRODUCT_STATS, "part", _product_stats(pa.concat_tables(counted)))


def _product_stats(reviews: pa.Table) -> pa.Table:
    """Return each product's statistics on the days on which they change."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("reviews", reviews)
        stats = connection.execute("""
            WITH changes AS (
              SELECT product_id, unnest([event_timestamp::DATE + 1, event_timestamp::DATE + 91]) AS day,
                unnest([1, -1]) AS n, unnest([stars, -stars]) AS stars, unnest([1, -1]) * (stars >= 4)::INT AS praise
              FROM reviews
            ), days AS (
              SELECT product_id, day, sum(n) AS n, sum(stars) AS stars, sum(praise) AS praise FROM changes GROUP BY ALL
            ), sums AS (
              SELECT product_id, day, (sum(n) OVER before)::BIGINT AS n, sum(stars) OVER before AS stars,
                sum(praise) OVER before AS praise
              FROM days WINDOW before AS (PARTITION BY product_id ORDER BY day)
            )
            SELECT product_id, day::TIMESTAMP AS event_timestamp, day::TIMESTAMP AS created_timestamp,
              n AS reviews, CASE WHEN n > 0 THEN stars / n END AS mean_stars,
              CASE WHEN n > 0 THEN praise / n ELSE 0 END AS positive_share
            FROM sums ORDER BY day, product_id
        """).to_arrow_table()
    return stats.cast(STATS_SCHEMA)


def _write_months(folder: Path, table: str, name: str, rows: pa.Table) -> None:
    in_utc = rows["event_timestamp"].cast(pa.timestamp("us"))  # with a zone Arrow needs the system's zone database
    months = pc.strftime(in_utc, format="%Y-%m")
    for month in pc.unique(months).to_pylist():
        path = folder / table / f"month={month}" / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows.filter(pc.equal(months, month)), path, compression="zstd")


def tables(folder: Path) -> Iterator[tuple[str, pa.Table]]:
    """Yield each whole table of a lake under the last part of its name, for stores that read one file."""
    for table in (REVIEWS, LABELS, PRODUCT_STATS):
        found = [pq.read_table(io.BytesIO(path.read_bytes())) for path in sorted((folder / table).rglob("*.parquet"))]
        yield table.rpartition("/")[2], pa.concat_tables(found)
