"""Feast's feature views, in the form that the as-of join needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from feast.data_format import ParquetFormat
from feast.infra.offline_stores.file_source import FileSource
from feast.types import Float64, Int64, String

from feature_repo.errors import FeatureError
from feature_repo.offline.asof_sql import JoinedView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feast import FeatureView

_TYPES: dict[object, str] = {String: "VARCHAR", Int64: "BIGINT", Float64: "DOUBLE"}
"""The types of features, and DuckDB's names for them."""


def checked(entities: pd.DataFrame | str | None, *, full_feature_names: bool, by_creation: bool) -> pd.DataFrame:
    """Return the entities.

    Raises:
        FeatureError: The as-of join does not support one of the arguments.
    """
    if by_creation or full_feature_names or not isinstance(entities, pd.DataFrame):
        raise FeatureError(
            "the as-of join needs a data frame of entities, short feature names, and no filter by creation"
        )
    return entities


def lake_path(view: FeatureView) -> str:
    """Return the pattern of the view's files.

    Raises:
        FeatureError: Its source is not Parquet files.
    """
    source = view.batch_source
    if not isinstance(source, FileSource) or not isinstance(source.file_format, ParquetFormat) or source.field_mapping:
        raise FeatureError(f"the view {view.name} has no Parquet files: the as-of join reads nothing else")
    return str(source.path)


def joined_view(view: FeatureView, feature_refs: Sequence[str], *, scan: str) -> JoinedView:
    """Return a view with the features that are asked for."""
    source = view.batch_source
    if source is None:
        raise FeatureError(f"the view {view.name} has no source")
    name = str(view.projection.name_to_use())  # type: ignore[no-untyped-call]  # Feast's own has no types
    wanted = {ref.split(":")[1] for ref in feature_refs if ref.split(":")[0] == name}
    features = {field.name: _TYPES[field.dtype] for field in view.features if field.name in wanted}
    return JoinedView(
        name=name,
        scan=scan,
        keys=view.projection.join_key_map or {column.name: column.name for column in view.entity_columns},
        features=features,
        time=source.timestamp_field,
        created=source.created_timestamp_column or source.timestamp_field,
        ttl=view.ttl or None,
        wide="VARCHAR" in features.values(),
    )
