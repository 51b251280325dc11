"""Reviews, labels and product statistics written to a lake directly, without an ingest."""

from __future__ import annotations

import io
import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from feature_repo.ingest.partitions import LABELS as LABELS_SCHEMA
from feature_repo.ingest.partitions import REVIEWS as REVIEWS_SCHEMA
from feature_repo.ingest.product_stats import SCHEMA as STATS_SCHEMA
from feature_repo.lake.keys import LABELS, PRODUCT_STATS, REVIEWS, partition
from sentiment.reviews.held_out import PUBLIC
from sentiment.reviews.review import review_id_of

if TYPE_CHECKING:
    from feature_repo.lake.objects import Lake

UNTIL = datetime(2026, 11, 23, 12, tzinfo=UTC)


def days_ago(days: float) -> datetime:
    return UNTIL - timedelta(days=days)


def midnight(time: datetime) -> datetime:
    return time.replace(hour=0, minute=0, second=0, microsecond=0)


def trained_on(count: int) -> list[str]:
    """Return texts that are not held out as reviews without a product."""
    texts = (f"text {number}" for number in itertools.count())
    kept = (text for text in texts if not PUBLIC.holds_out(text))
    return list(itertools.islice(kept, count))


@dataclass
class Planted:
    """Rows by table; `put` writes them, a file for each month."""

    reviews: list[dict[str, Any]] = field(default_factory=list)
    labels: list[dict[str, Any]] = field(default_factory=list)
    stats: list[dict[str, Any]] = field(default_factory=list)

    def review(
        self,
        text: str,
        *,
        at: datetime,
        product: str | None = None,
        label: str | None = "positive",
        stars: float | None = 5.0,
        origin: str = "stars",
        weight: float = 1.0,
        source: str = "planted",
        created: datetime | None = None,
    ) -> str:
        """Plant a review and its label; return its id."""
        review_id = review_id_of(product_id=product, title="", text=text)
        times = {"event_timestamp": at, "created_timestamp": created or at}
        numbers = dict.fromkeys(("characters", "words", "exclamations", "questions", "capitals"), 1)
        self.reviews.append(
            {"review_id": review_id, "product_id": product, "title": "", "text": text, "source": source}
            | times
            | numbers
        )
        if label is not None:
            labelled = {"review_id": review_id, "label": label, "stars": stars, "origin": origin, "weight": weight}
            labelled["held_out"] = PUBLIC.holds_out(text)
            self.labels.append(labelled | times)
        return review_id

    def crowd(self, each: int = 12) -> None:
        """Plant as many reviews of each label as a frame needs, without a product."""
        for number, text in enumerate(trained_on(2 * each)):
            self.review(text, at=days_ago(1 + number / 10), label="positive" if number % 2 else "negative")

    def statistics(self, product: str, day: datetime, reviews: int, stars: float | None, share: float) -> None:
        """Plant the statistics of a product as of a day."""
        time = {"event_timestamp": midnight(day), "created_timestamp": midnight(day)}
        numbers = {"reviews": reviews, "mean_stars": stars, "positive_share": share}
        self.stats.append({"product_id": product} | time | numbers)

    def put(self, lake: Lake, name: str = "planted") -> None:
        """Write all rows, replacing what was planted under this name."""
        for table, rows, schema, file in (
            (REVIEWS, self.reviews, REVIEWS_SCHEMA, name),
            (LABELS, self.labels, LABELS_SCHEMA, name),
            (PRODUCT_STATS, self.stats, STATS_SCHEMA, "part"),
        ):
            months: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
            for row in rows:
                months[f"{row['event_timestamp']:%Y-%m}"].append(row)
            for month, of_month in months.items():
                content = io.BytesIO()
                pq.write_table(pa.Table.from_pylist(of_month, schema=schema), content)
                lake.put(partition(table, month, file), content.getvalue())
