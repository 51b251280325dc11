"""The training frame: every labelled review of the window with its features as of its time, by Feast, frozen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from feature_repo.errors import FrameError, LostRowsError, TooFewReviewsError
from feature_repo.frame.file import SCHEMA, write_frame
from feature_repo.frame.frozen import freeze
from feature_repo.frame.labelled import Window, labelled_reviews
from feature_repo.lake.lease import lease
from feature_repo.lake.objects import Lake
from feature_repo.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feast.infra.offline_stores.offline_store import RetrievalJob

    from feature_repo.frame.file import FrameFile
    from feature_repo.frame.frozen import FrozenDataset
    from feature_repo.settings import Settings

LEAST_REVIEWS_A_LABEL = 10
"""Without as many of each label that are not held out, no model can be trained."""

_RENAMED = {
    "reviews": "product_reviews",
    "mean_stars": "product_mean_stars",
    "positive_share": "product_positive_share",
}
_NO_PRODUCT = ""
"""Joined with in the place of null: offline stores do not agree on what null equals, and no product is called so."""


def training_frame(settings: Settings, until: datetime) -> FrozenDataset:
    """Freeze the labelled reviews of the `window_days` days before a day, and of that day so far.

    Each comes with the numbers of its product as they were when it was written. The same reviews give the same bytes,
    whatever the offline store and the order in which it returns them.

    Args:
        settings: Which lake, how long a window, which offline store.
        until: The end of the window, with a time zone; a review at that very time is in it.

    Raises:
        EmptyLakeError: Nothing was ingested.
        TooFewReviewsError: Nothing could be trained on what the window holds.
        LostRowsError: Feast did not return every review that the lake has.
        OfflineStoreError: What joins does not answer or refuses.
        IngestConflictError: An ingest has been under way for long.
        LakeError: S3 does not answer or refuses. Run it again: nothing is left half done.
    """
    from feature_repo.services import TRAINING_SERVICE  # noqa: PLC0415 - imports feast, which takes seconds

    window = window_before(until, settings.window_days)
    lake = Lake(settings)
    with TemporaryDirectory(prefix="sentiment-loop-frame-") as folder:
        with lease(lake) as held:  # in the middle of an ingest the lake lacks reviews, and nobody could tell which
            file = _joined(settings, window, TRAINING_SERVICE, Path(folder) / "reviews.parquet")
            held.check()
        return freeze(lake, file, window, TRAINING_SERVICE)


def _joined(settings: Settings, window: Window, service: str, path: Path) -> FrameFile:
    """Write the frame of a window to a file, while nobody changes the lake."""
    found = labelled_reviews(settings, window)
    if found.entities.num_rows == 0:
        raise TooFewReviewsError(f"The window {_said(window)} has no labelled reviews")
    store = open_store(settings)
    job = store.get_historical_features(
        entity_df=_entity_frame(found.entities), features=store.get_feature_service(service)
    )
    rows = _rows(_ordered(job, found.entities, store=settings.feature_offline_store))
    file = write_frame(rows, path, feature_service=service, replayed=found.replayed)
    if file.rows != found.entities.num_rows:
        raise LostRowsError(f"Feast returned {file.rows:,} of the {found.entities.num_rows:,} reviews of the window")
    if min(file.labels["training"].values()) < LEAST_REVIEWS_A_LABEL:
        counts = ", ".join(f"{count:,} {label}" for label, count in file.labels["training"].items())
        raise TooFewReviewsError(
            f"The window {_said(window)} has {counts} reviews that are not held out; "
            f"{LEAST_REVIEWS_A_LABEL} of each are needed"
        )
    return file


def window_before(until: datetime, days: int) -> Window:
    """Return the window that ends at a time: so many whole days before the UTC day of it, and that day until then.

    Raises:
        FrameError: The time has no zone.
    """
    if until.tzinfo is None:
        raise FrameError("the end of the window needs a time zone")
    end = until.astimezone(UTC)
    midnight = end.replace(hour=0, minute=0, second=0, microsecond=0)
    return Window(start=midnight - timedelta(days=days), end=end)


def _said(window: Window) -> str:
    return f"from {window.start:%Y-%m-%d} to {window.end:%Y-%m-%d %H:%M}"


def _entity_frame(entities: pa.Table) -> pd.DataFrame:
    known = pc.fill_null(entities["product_id"], _NO_PRODUCT)
    return entities.set_column(1, "product_id", known).to_pandas(types_mapper=_pandas_type)


def _pandas_type(kind: pa.DataType) -> pd.ArrowDtype | None:
    """Return Arrow's own type but for times, of which Feast's Athena store takes none but those of pandas."""
    return None if pa.types.is_timestamp(kind) else pd.ArrowDtype(kind)


def _rows(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield what Feast returns with the columns of a frame."""
    for batch in batches:
        columns = {_RENAMED.get(name, name): batch[name] for name in batch.schema.names}
        product_id = columns["product_id"].cast(pa.string())
        columns["product_id"] = pc.if_else(pc.equal(product_id, _NO_PRODUCT), None, product_id)
        table = pa.table({name: columns[name] for name in SCHEMA.names})
        yield from pa.table({field.name: table[field.name].cast(field.type) for field in SCHEMA}).to_batches()


def _ordered(job: RetrievalJob, entities: pa.Table, *, store: str) -> Iterator[pa.RecordBatch]:
    """Yield what Feast returns, in the order of review ids."""
    from feature_repo.offline.asof_store import AsOfRetrievalJob  # noqa: PLC0415 - imports feast
    from feature_repo.offline.athena_rows import athena_rows  # noqa: PLC0415 - imports feast

    if isinstance(job, AsOfRetrievalJob):
        yield from job.to_batches()  # in the order of the entities, a little in memory at a time
    elif store == "ray":
        for batch in job.to_ray_dataset().sort("review_id").iter_batches(batch_format="pyarrow"):
            yield from batch.to_batches()
    else:
        yield from athena_rows(job, entities)
