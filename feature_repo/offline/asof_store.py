"""Feast's DuckDB offline store with an as-of join: see docs/decisions/0073-the-offline-store.md.

Feast joins every entity with every earlier row of the view, and keeps the newest. DuckDB's `ASOF JOIN` gives the same
result in a fraction of the time and memory. Everything else is Feast's.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar, Literal

import ibis
import pyarrow as pa
from feast.infra.offline_stores.duckdb import DuckDBOfflineStore, DuckDBOfflineStoreConfig
from feast.infra.offline_stores.offline_store import RetrievalJob, RetrievalMetadata

from feature_repo.errors import FeatureError
from feature_repo.offline.asof_sql import TIME, JoinedView, asof_query, empty_scan, parquet_scan
from feature_repo.offline.duckdb_engine import reading_the_lake
from feature_repo.offline.joined_views import checked, joined_view, lake_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from duckdb import DuckDBPyConnection
    from feast import FeatureView, OnDemandFeatureView, RepoConfig
    from feast.data_source import DataSource
    from feast.infra.registry.base_registry import BaseRegistry
    from feast.saved_dataset import SavedDatasetStorage

BATCH_ROWS = 20_480


class AsOfOfflineStoreConfig(DuckDBOfflineStoreConfig):
    """The configuration of Feast's store, under the name of this one."""

    type: Literal["feature_repo.offline.asof_store.AsOfOfflineStore"] = (
        "feature_repo.offline.asof_store.AsOfOfflineStore"
    )


class AsOfOfflineStore(DuckDBOfflineStore):
    """Feast's DuckDB store with another join."""

    @staticmethod
    def get_historical_features(  # noqa: PLR0917 - Feast's interface
        config: RepoConfig,  # noqa: ARG004 - the same
        feature_views: list[FeatureView],
        feature_refs: list[str],
        entity_df: pd.DataFrame | str,
        registry: BaseRegistry,  # noqa: ARG004 - the same
        project: str,  # noqa: ARG004 - the same
        full_feature_names: bool = False,  # noqa: FBT001, FBT002 - the same
        filter_by_created_timestamp: bool = False,  # noqa: FBT001, FBT002 - the same
    ) -> RetrievalJob:
        """Return the newest features that were known at the time of each row of `entity_df`, in its order.

        Raises:
            FeatureError: This store does not support what is asked for.
        """
        entities = checked(entity_df, full_feature_names=full_feature_names, by_creation=filter_by_created_timestamp)
        return AsOfRetrievalJob(entities, [_joined(view, feature_refs) for view in feature_views], feature_refs)

    def validate_data_source(self, config: RepoConfig, data_source: DataSource) -> None:
        """Accept any source: a lake may be empty, and Feast would look for a file with the pattern's name."""


class AsOfRetrievalJob(RetrievalJob):
    """An as-of join, which runs each time its result is read."""

    full_feature_names = False
    on_demand_feature_views: ClassVar[list[OnDemandFeatureView]] = []

    def __init__(
        self, entities: pd.DataFrame, views: Sequence[tuple[JoinedView, str]], features: Sequence[str]
    ) -> None:
        self._columns = list(entities.columns)
        self._entities = entities.assign(entity_row=range(len(entities)))
        self._views = views
        self._first, self._last = entities[TIME].min(), entities[TIME].max()
        keys = [name for name in self._columns if name != TIME]
        self._metadata = RetrievalMetadata(list(features), keys, self._first, self._last)

    def to_batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the result in the order of the entities, in batches.

        This process's connection must not be used for anything else until the last batch.
        """
        connection = ibis.get_backend().con
        name = f"entities_{uuid.uuid4().hex}"
        connection.register(f"{name}_frame", self._entities)
        # A table of its own, so that the planner knows the number of rows.
        connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {name}_frame")  # noqa: S608 - the names are made above
        connection.unregister(f"{name}_frame")
        try:
            with reading_the_lake():
                views = [
                    view._replace(scan=empty_scan(view)) if _is_empty(connection, path) else view
                    for view, path in self._views
                ]
                query = asof_query(name, self._columns, views, self._first, self._last)
                yield from connection.execute(query).to_arrow_reader(BATCH_ROWS)
        finally:
            connection.execute(f"DROP TABLE {name}")

    def _to_arrow_internal(self, timeout: int | None = None) -> pa.Table:  # noqa: ARG002 - Feast's interface
        return pa.Table.from_batches(self.to_batches())

    def _to_df_internal(self, timeout: int | None = None) -> pd.DataFrame:
        return self._to_arrow_internal(timeout).to_pandas()

    @property
    def metadata(self) -> RetrievalMetadata:
        """The features and entities of the join."""
        return self._metadata

    def persist(
        self,
        storage: SavedDatasetStorage,  # noqa: ARG002 - Feast's interface
        allow_overwrite: bool = False,  # noqa: ARG002, FBT001, FBT002 - the same
        timeout: int | None = None,  # noqa: ARG002 - the same
    ) -> None:
        """Refuse: frames are frozen by `feature_repo.frame.frozen`.

        Raises:
            FeatureError: Always.
        """
        raise FeatureError("a training frame is frozen by `python -m feature_repo frame`, not saved by Feast")


def _joined(view: FeatureView, feature_refs: Sequence[str]) -> tuple[JoinedView, str]:
    path = lake_path(view)
    return joined_view(view, feature_refs, scan=parquet_scan(path)), path


def _is_empty(connection: DuckDBPyConnection, path: str) -> bool:
    return connection.execute("SELECT count(*) FROM glob($1)", [path]).fetchone() == (0,)
