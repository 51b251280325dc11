"""The training frame: every labelled review of the window, with its features as of its time, joined by Feast."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from feature_repo.errors import EmptyLakeError, LostRowsError, TooFewReviewsError
from feature_repo.frame.file import SCHEMA, write_frame
from feature_repo.frame.frozen import freeze
from feature_repo.frame.window import Window, window_before
from feature_repo.ingest.held_out import held_out_ids
from feature_repo.ingest.leased import leased
from feature_repo.lake.keys import FEEDBACK, LABELS, REVIEWS
from feature_repo.lake.manifest import read_manifests
from feature_repo.lake.objects import Lake
from feature_repo.lake.secret import hold_out_of
from feature_repo.offline.asof_sql import parquet_scan
from feature_repo.offline.duckdb_engine import reading_the_lake, use_duckdb
from feature_repo.store import open_store
from sentiment.reviews.held_out import was_held_out

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from feast.infra.offline_stores.offline_store import RetrievalJob

    from feature_repo.frame.file import FrameFile
    from feature_repo.frame.frozen import FrozenDataset
    from feature_repo.settings import Settings

LEAST_REVIEWS_A_LABEL = 10
"""The fewest reviews of each label, without held-out ones, that a model can be trained on."""

_RENAMED = {
    "reviews": "product_reviews",
    "mean_stars": "product_mean_stars",
    "positive_share": "product_positive_share",
}
_NO_PRODUCT = ""
"""Joined instead of null, because offline stores disagree on whether nulls are equal; no product has this id."""


def training_frame(settings: Settings, until: datetime) -> FrozenDataset:
    """Freeze the labelled reviews of the `window_days` days before a day, and of that day so far.

    Each has the statistics of its product when it was written. The same reviews give the same bytes with every offline
    store. The window ends at `until`, inclusive, which has a time zone.

    Raises:
        EmptyLakeError: Nothing has been ingested.
        TooFewReviewsError: The window has too few reviews to train on.
        LostRowsError: Feast did not return every review that the lake has.
        OfflineStoreError: The offline store does not answer, or refuses.
        AnotherKeyError: The lake's texts are held out by another key.
        IngestConflictError: An ingest takes too long.
        LakeError: S3 does not answer, or refuses. Run it again.
    """
    from feature_repo.features import TRAINING_SERVICE  # noqa: PLC0415 - imports feast, which takes seconds

    window = window_before(until, settings.window_days)
    lake, hold_out = Lake(settings), hold_out_of(settings)
    with TemporaryDirectory(prefix="sentiment-loop-frame-") as folder:
        with leased(lake, hold_out) as held:  # during an ingest, reviews are missing from the lake
            file = _joined(settings, lake, window, TRAINING_SERVICE, Path(folder) / "reviews.parquet")
            held.check()
        return freeze(lake, file, window, TRAINING_SERVICE, held_out_key=hold_out.key_fingerprint)


def _joined(settings: Settings, lake: Lake, window: Window, service: str, path: Path) -> FrameFile:
    """Write the frame of a window to a file, while the lease is held."""
    entities = _labelled_reviews(settings, lake, window)
    if entities.num_rows == 0:
        raise TooFewReviewsError(f"The window {_dates(window)} has no labelled reviews")
    store = open_store(settings)
    job = store.get_historical_features(entity_df=_entity_frame(entities), features=store.get_feature_service(service))
    held_out = _held_out(lake, entities)
    rows = _rows(_ordered(job, entities, store=settings.feature_offline_store), held_out)
    file = write_frame(rows, path, feature_service=service, replayed=_replayed(lake, window))
    if file.rows != entities.num_rows:
        raise LostRowsError(f"Feast returned {file.rows:,} of the {entities.num_rows:,} reviews of the window")
    if min(file.labels["training"].values()) < LEAST_REVIEWS_A_LABEL:
        counts = ", ".join(f"{count:,} {label}" for label, count in file.labels["training"].items())
        raise TooFewReviewsError(
            f"The window {_dates(window)} has {counts} reviews that are not held out; "
            f"{LEAST_REVIEWS_A_LABEL} of each are needed"
        )
    return file


def _labelled_reviews(settings: Settings, lake: Lake, window: Window) -> pa.Table:
    """Return the labelled reviews of a window, read from the lake itself, so that Feast's result can be checked.

    Returns:
        `review_id`, `product_id` (null if unknown), `event_timestamp` and `held_out` (null for labels from before sides
        were stored) of each review once, ordered by `review_id`. A review that several sources have is taken at its
        newest time.
    """
    for table in (REVIEWS, LABELS):
        if next(iter(lake.list(f"{table}/")), None) is None:
            raise EmptyLakeError(f"s3://{lake.bucket}/{table}/ is empty: ingest reviews first")
    reviews = parquet_scan(f"s3://{lake.bucket}/{REVIEWS}/*/*.parquet")
    labels = parquet_scan(f"s3://{lake.bucket}/{LABELS}/*/*.parquet", by_name=True)
    connection = use_duckdb(settings)
    with reading_the_lake():
        known = connection.execute(f"DESCRIBE FROM {labels}").to_arrow_table()["column_name"].to_pylist()
        side = "bool_or(held_out)" if "held_out" in known else "NULL::BOOLEAN"
        query = _LABELLED.format(reviews=reviews, labels=labels, side=side)
        return connection.execute(query, window).to_arrow_table()


_LABELLED = """
SELECT review_id, arg_max(product_id, (event_timestamp, created_timestamp, product_id IS NOT NULL)) AS product_id,
  max(event_timestamp) AS event_timestamp, bool_or(held_out) AS held_out
FROM {reviews} JOIN (SELECT review_id, {side} AS held_out FROM {labels} GROUP BY review_id) labelled USING (review_id)
WHERE event_timestamp > $1 AND event_timestamp <= $2
GROUP BY review_id
ORDER BY review_id
"""


def _held_out(lake: Lake, entities: pa.Table) -> pa.Array:
    """Return the ids of the reviews that are held out, with all others of the same text.

    The lake may have a text in several spellings from before that was seen.
    """
    ids, sides = entities["review_id"], entities["held_out"]
    unknown = ids.filter(pc.is_null(sides)).to_pylist()
    of_old = pa.array([review_id for review_id in unknown if was_held_out(review_id)], pa.string())
    return pa.concat_arrays([ids.filter(sides).combine_chunks(), of_old, held_out_ids(lake)])


def _replayed(lake: Lake, window: Window) -> bool:
    """Return whether a source with replayed times overlaps the window."""
    replayed = [source for source in read_manifests(lake, but={FEEDBACK}).values() if source.replayed_until is not None]
    first, last = window.start.isoformat(), window.end.isoformat()
    return any(source.first and source.last and source.last > first and source.first <= last for source in replayed)


def _dates(window: Window) -> str:
    return f"from {window.start:%Y-%m-%d} to {window.end:%Y-%m-%d %H:%M}"


def _entity_frame(entities: pa.Table) -> pd.DataFrame:
    known = pc.fill_null(entities["product_id"], _NO_PRODUCT)
    entities = entities.drop_columns(["held_out"])
    return entities.set_column(1, "product_id", known).to_pandas(types_mapper=_pandas_type)


def _pandas_type(kind: pa.DataType) -> pd.ArrowDtype | None:
    """Return Arrow's type, except for times: Feast's Athena store accepts those of pandas only."""
    return None if pa.types.is_timestamp(kind) else pd.ArrowDtype(kind)


def _rows(batches: Iterator[pa.RecordBatch], held_out: pa.Array) -> Iterator[pa.RecordBatch]:
    """Yield Feast's rows with the columns of a frame; `held_out` are the ids of the held-out reviews."""
    for batch in batches:
        columns = {_RENAMED.get(name, name): batch[name] for name in batch.schema.names}
        product_id = columns["product_id"].cast(pa.string())
        columns["product_id"] = pc.if_else(pc.equal(product_id, _NO_PRODUCT), None, product_id)
        columns["held_out"] = pc.is_in(columns["review_id"].cast(pa.string()), held_out)
        table = pa.table({name: columns[name] for name in SCHEMA.names})
        yield from pa.table({field.name: table[field.name].cast(field.type) for field in SCHEMA}).to_batches()


def _ordered(job: RetrievalJob, entities: pa.Table, *, store: str) -> Iterator[pa.RecordBatch]:
    """Yield Feast's rows in the order of review ids."""
    from feature_repo.offline.asof_store import AsOfRetrievalJob  # noqa: PLC0415 - imports feast
    from feature_repo.offline.athena_rows import athena_rows  # noqa: PLC0415 - imports feast

    if isinstance(job, AsOfRetrievalJob):
        yield from job.to_batches()  # in the order of the entities
    elif store == "ray":
        for batch in job.to_ray_dataset().sort("review_id").iter_batches(batch_format="pyarrow"):
            yield from batch.to_batches()
    else:
        yield from athena_rows(job, entities)
