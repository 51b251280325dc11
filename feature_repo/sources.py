"""Where the lake keeps what, as the chosen offline store wants to be told it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from feast import FileSource
from feast.data_format import ParquetFormat

if TYPE_CHECKING:
    from feast.data_source import DataSource

    from feature_repo.settings import Settings


class LakeSources(NamedTuple):
    """The batch sources of one lake."""

    reviews: DataSource
    labels: DataSource
    product_stats: DataSource


def lake_sources(settings: Settings) -> LakeSources:
    """Return the sources in the lake bucket of these settings."""

    def source(name: str) -> FileSource:
        return FileSource(
            name=name,
            path=f"s3://{settings.lake_bucket}/offline/{name}/*/*.parquet",
            file_format=ParquetFormat(),
            timestamp_field="event_timestamp",
            created_timestamp_column="created_timestamp",
        )

    return LakeSources(source("reviews"), source("labels"), source("product_stats"))
