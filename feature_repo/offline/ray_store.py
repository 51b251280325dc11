"""Feast's Ray offline store with an as-of join that is correct on any number of machines.

Feast's own drops reviews with the same product and time, ignores the time to live, and takes hours for large views
(docs/decisions/0073-the-offline-store.md). Here, a hash of the key sends each row to a task, which runs the query of
the DuckDB store.
"""

from __future__ import annotations

import fnmatch
import os
from functools import partial
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import boto3
import pyarrow as pa
import ray
from feast.infra.offline_stores.contrib.ray_offline_store.ray import (
    RayOfflineStore,
    RayOfflineStoreConfig,
    RayRetrievalJob,
)
from feast.infra.offline_stores.offline_store import RetrievalMetadata
from pyarrow.fs import FileSelector, FileType, S3FileSystem

from feature_repo.offline.asof_sql import TIME, JoinedView
from feature_repo.offline.joined_views import checked, joined_view, lake_path
from feature_repo.offline.ray_tasks import join_part, pack, with_features

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd
    from feast import FeatureView, RepoConfig
    from feast.infra.offline_stores.offline_store import RetrievalJob
    from feast.infra.registry.base_registry import BaseRegistry

    Times = tuple[datetime, datetime]

ROWS_A_TASK = 100_000


class AsOfRayOfflineStoreConfig(RayOfflineStoreConfig):
    """The configuration of Feast's store, under the name of this one."""

    type: Literal["feature_repo.offline.ray_store.AsOfRayOfflineStore"] = (
        "feature_repo.offline.ray_store.AsOfRayOfflineStore"  # type: ignore[assignment]  # Feast's own has other names
    )


class AsOfRayOfflineStore(RayOfflineStore):
    """Feast's Ray store with another join."""

    @staticmethod
    def get_historical_features(  # noqa: PLR0917 - Feast's interface
        config: RepoConfig,
        feature_views: list[FeatureView],
        feature_refs: list[str],
        entity_df: pd.DataFrame | str | None,
        registry: BaseRegistry,  # noqa: ARG004 - the same
        project: str,  # noqa: ARG004 - the same
        full_feature_names: bool = False,  # noqa: FBT001, FBT002 - the same
        **kwargs: Any,  # noqa: ANN401 - the same
    ) -> RetrievalJob:
        """Return the newest features that were known at the time of each row of `entity_df`, in any order.

        Raises:
            FeatureError: This store does not support what is asked for.
        """
        by_creation = bool(kwargs.get("filter_by_created_timestamp"))
        frame = checked(entity_df, full_feature_names=full_feature_names, by_creation=by_creation)
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        RayOfflineStore()._init_ray(config)  # noqa: SLF001 - as Feast's own method does
        ray.data.DataContext.get_current().execution_options.preserve_order = True
        entities = pa.Table.from_pandas(frame.assign(entity_row=range(len(frame))), preserve_index=False)
        first, last = frame[TIME].min(), frame[TIME].max()
        tasks = max(2, -(-len(frame) // ROWS_A_TASK))
        dataset: ray.data.Dataset = ray.data.from_arrow(entities)
        schema = entities.schema.remove_metadata()
        views = [(joined_view(view, feature_refs, scan="held"), lake_path(view)) for view in feature_views]
        for view, path in sorted(views, key=lambda one: one[0].wide):
            dataset = _join(dataset, schema, view, path, times=(first, last), tasks=tasks)
            schema = with_features(schema, view)
        job = RayRetrievalJob(dataset, config.offline_store.storage_path, config.offline_store)
        keys = [name for name in frame.columns if name != TIME]
        job._metadata = RetrievalMetadata(list(feature_refs), keys, first, last)  # noqa: SLF001 - as Feast sets it
        return job


def _join(
    entities: ray.data.Dataset, schema: pa.Schema, view: JoinedView, path: str, *, times: Times, tasks: int
) -> ray.data.Dataset:
    """Return the entities with the view's features."""
    ((key, entity_key),) = view.keys.items()
    packing = partial(pack, key=entity_key, tasks=tasks, entities=True)
    packed = entities.map_batches(packing, batch_format="pyarrow", batch_size=None)
    since = times[0] - view.ttl if view.ttl else None
    files = _files_between(path, since, times[1])
    if files:
        columns = list(dict.fromkeys([key, view.time, view.created, *view.features]))
        source = ray.data.read_parquet(files, filesystem=_lake_filesystem(), partitioning=None)
        rows = source.select_columns(columns)
        packing = partial(pack, key=key, tasks=tasks, entities=False, time=view.time, since=since, until=times[1])
        packed = packed.union(rows.map_batches(packing, batch_format="pyarrow", batch_size=None))
    join = partial(join_part, view=view, schema=schema, times=times)
    return packed.groupby("part", num_partitions=tasks).map_groups(join, batch_format="pyarrow")


def _lake_filesystem() -> S3FileSystem:
    """Return Arrow's S3 with the endpoint of boto3; each task uses the credentials of its machine."""
    client = boto3.client("s3")
    endpoint = urlsplit(client.meta.endpoint_url)
    return S3FileSystem(region=client.meta.region_name, endpoint_override=endpoint.netloc, scheme=endpoint.scheme)


def _files_between(pattern: str, since: datetime | None, until: datetime) -> list[str]:
    """Return the files that match `s3://bucket/table/*/*.parquet` and whose months have rows between two times."""
    location = pattern.removeprefix("s3://")
    table = location.split("/*", 1)[0]
    found = _lake_filesystem().get_file_info(FileSelector(table, recursive=True, allow_not_found=True))
    files = [one.path for one in found if one.type == FileType.File and fnmatch.fnmatch(one.path, location)]
    return sorted(path for path in files if _overlaps(path, since, until))


def _overlaps(path: str, since: datetime | None, until: datetime) -> bool:
    month = path.rpartition("month=")[2][: len("YYYY-MM")]
    return (since is None or f"{since:%Y-%m}" <= month) and month <= f"{until:%Y-%m}"
