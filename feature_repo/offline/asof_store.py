"""Feast's DuckDB offline store with an as-of join: see docs/decisions/0073-the-offline-store.md.

Feast joins every row of a view with every later row of the same entity, and keeps the newest of them. DuckDB's
`ASOF JOIN` gives the same answer in a fraction of its time and memory. Everything else is Feast's own.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Literal

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
    """As Feast's own, under the name that leads Feast here."""

    type: Literal["feature_repo.offline.asof_store.AsOfOfflineStore"] = (
        "feature_repo.offline.asof_store.AsOfOfflineStore"
    )


class AsOfOfflineStore(DuckDBOfflineStore):
    """Feast's DuckDB store, but for its join."""

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
        """Return the newest values that each row of `entity_df` could know, its rows in their order.

        Raises:
            FeatureError: What is asked for is not what this store joins.
        """
        entities = checked(entity_df, full_feature_names=full_feature_names, by_creation=filter_by_created_timestamp)
        return AsOfRetrievalJob(entities, [_joined(view, feature_refs) for view in feature_views], feature_refs)

    def validate_data_source(self, config: RepoConfig, data_source: DataSource) -> None:
        """Accept it, for a lake may be empty. Feast looks for a file that is called as the pattern is."""


class AsOfRetrievalJob(RetrievalJob):
    """The join of some entities with some views: done when its result is asked for, and each time it is."""

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
        """Yield the result in the order of the entities, a part of it in memory at a time.

        Nothing else may be asked of this process's connection until it is used up.
        """
        connection = ibis.get_backend().con
        name = f"entities_{uuid.uuid4().hex}"
        connection.register(f"{name}_frame", self._entities)
        # A copy, for the planner to know how many there are.
        connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {name}_frame")  # noqa: S608 - names of our own
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
    def full_feature_names(self) -> bool:
        """Never: the names of the views are not put before those of their features."""
        return False

    @property
    def on_demand_feature_views(self) -> list[OnDemandFeatureView]:
        """None: this store joins what lies in files."""
        return []

    @property
    def metadata(self) -> RetrievalMetadata:
        """What was asked for."""
        return self._metadata

    def persist(
        self,
        storage: SavedDatasetStorage,  # noqa: ARG002 - Feast's interface
        allow_overwrite: bool = False,  # noqa: ARG002, FBT001, FBT002 - the same
        timeout: int | None = None,  # noqa: ARG002 - the same
    ) -> None:
        """Refuse: a frame is kept by `feature_repo.frame.frozen`, under its checksum.

        Raises:
            FeatureError: Always.
        """
        raise FeatureError("a training frame is frozen by `python -m feature_repo frame`, not saved by Feast")


def _joined(view: FeatureView, feature_refs: Sequence[str]) -> tuple[JoinedView, str]:
    path = lake_path(view)
    return joined_view(view, feature_refs, scan=parquet_scan(path)), path


def _is_empty(connection: DuckDBPyConnection, path: str) -> bool:
    return connection.execute("SELECT count(*) FROM glob($1)", [path]).fetchone() == (0,)
