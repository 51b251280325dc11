"""A lake to measure with: texts combined from the sample's, of products of which few have many reviews."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from feature_repo.ingest.partitions import LABELS as LABELS_SCHEMA
from feature_repo.ingest.partitions import REVIEWS as REVIEWS_SCHEMA
from feature_repo.ingest.product_stats import write_stats
from feature_repo.lake.keys import LABELS, REVIEWS
from sentiment.reviews.sample import load_sample
from sentiment.reviews.stars import LEAST_POSITIVE_STARS

if TYPE_CHECKING:
    from pathlib import Path

UNTIL = datetime(2026, 11, 26, tzinfo=UTC)
"""Midnight, so that the window is exactly half of the lake's days."""
DAYS = 180
WINDOW = timedelta(days=DAYS // 2)
PRODUCTS = 50_000
SENTENCES = 4
SKEW = 0.8
HELD_OUT = 0.1
BATCH = 100_000
STATISTICS = ("characters", "words", "exclamations", "questions", "capitals")


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
        naive = pa.array(start + since)
        time = naive.cast(pa.timestamp("us", tz="UTC"))
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
                "label": np.where(stars >= LEAST_POSITIVE_STARS, "positive", "negative"),
                "origin": ["stars"] * count,
                "weight": np.ones(count),
                "held_out": random.random(count) < HELD_OUT,
                **{name: np.full(count, 7) for name in STATISTICS},
            }
        )
        for table, schema in ((REVIEWS, REVIEWS_SCHEMA), (LABELS, LABELS_SCHEMA)):
            _write_months(folder, table, f"{written:09d}", rows.select(schema.names).cast(schema))
        counted.append(rows.select(["product_id", "label", "stars"]).append_column("event_timestamp", naive))
        written += count
    for found in write_stats(pa.concat_tables(counted), WINDOW.days, folder):
        (folder / found.key).parent.mkdir(parents=True, exist_ok=True)
        found.path.rename(folder / found.key)


def _write_months(folder: Path, table: str, name: str, rows: pa.Table) -> None:
    in_utc = rows["event_timestamp"].cast(pa.timestamp("us"))  # with a zone Arrow needs the system's zone database
    months = pc.strftime(in_utc, format="%Y-%m")
    for month in pc.unique(months).to_pylist():
        path = folder / table / f"month={month}" / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows.filter(pc.equal(months, month)), path, compression="zstd")
