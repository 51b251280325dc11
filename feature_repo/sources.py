"""Feast's data sources: the tables of the lake, for the offline store that is set."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from feast import FileSource
from feast.data_format import ParquetFormat
from feast.infra.offline_stores.contrib.athena_offline_store.athena_source import AthenaSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from feast.data_source import DataSource

    from feature_repo.settings import Settings


class LakeSources(NamedTuple):
    """The sources of one lake."""

    reviews: DataSource
    labels: DataSource
    product_stats: DataSource


def lake_sources(settings: Settings) -> LakeSources:
    """Return the sources: files of the lake bucket, or for Athena the tables over them."""
    made = (_table if settings.feature_offline_store == "athena" else _files)(settings)
    return LakeSources(made("reviews"), made("labels"), made("product_stats"))


def _files(settings: Settings) -> Callable[[str], DataSource]:
    return lambda name: FileSource(
        name=name,
        path=f"s3://{settings.lake_bucket}/offline/{name}/*/*.parquet",
        file_format=ParquetFormat(),
        timestamp_field="event_timestamp",
        created_timestamp_column="created_timestamp",
    )


def _table(settings: Settings) -> Callable[[str], DataSource]:
    return lambda name: AthenaSource(
        name=name,
        table=name,
        database=settings.athena_database,
        data_source="AwsDataCatalog",
        timestamp_field="event_timestamp",
        created_timestamp_column="created_timestamp",
    )
