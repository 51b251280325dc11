"""What Feast knows of the lake: its tables, the entities, the feature views, and the services for training and serving.

Labels have a view of their own, so that no service for serving includes one by accident. A changed service gets a new
name.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from feast import Entity, FeatureService, FeatureView, Field, FileSource, ValueType
from feast.data_format import ParquetFormat
from feast.infra.offline_stores.contrib.athena_offline_store.athena_source import AthenaSource
from feast.types import Float64, Int64, String

if TYPE_CHECKING:
    from feast.data_source import DataSource

    from feature_repo.settings import Settings

TRAINING_SERVICE = "sentiment_training_v1"
SERVING_SERVICE = "sentiment_serving_v1"

OWN_DAY = timedelta(days=1)
"""Time to live of a review. It is joined at its own time, so a day is enough; files of other days are skipped."""

review = Entity(
    name="review",
    join_keys=["review_id"],
    value_type=ValueType.STRING,
    description="A review, by the hash of its content.",
)

product = Entity(
    name="product",
    join_keys=["product_id"],
    value_type=ValueType.STRING,
    description="A product, by the shop's id.",
)


class LakeSources(NamedTuple):
    """The tables of one lake, as Feast's data sources."""

    reviews: DataSource
    labels: DataSource
    product_stats: DataSource


class Views(NamedTuple):
    """The feature views of one lake."""

    review_text: FeatureView
    review_label: FeatureView
    product_stats: FeatureView


def lake_sources(settings: Settings) -> LakeSources:
    """Return the sources: files of the lake bucket, or for Athena the tables over them."""

    def source(name: str) -> DataSource:
        if settings.feature_offline_store == "athena":
            return AthenaSource(
                name=name,
                table=name,
                database=settings.athena_database,
                data_source="AwsDataCatalog",
                timestamp_field="event_timestamp",
                created_timestamp_column="created_timestamp",
            )
        return FileSource(
            name=name,
            path=f"s3://{settings.lake_bucket}/offline/{name}/*/*.parquet",
            file_format=ParquetFormat(),
            timestamp_field="event_timestamp",
            created_timestamp_column="created_timestamp",
        )

    return LakeSources(*map(source, LakeSources._fields))


def make_views(sources: LakeSources, window: timedelta) -> Views:
    """Return the views of these sources.

    Args:
        sources: The tables of the lake.
        window: How far product statistics look back. They are valid for as long: a product without a newer row has
            had no review since.
    """
    return Views(
        review_text=FeatureView(
            name="review_text",
            entities=[review],
            ttl=OWN_DAY,
            schema=[
                Field(name="title", dtype=String, description="Its title; empty if it has none."),
                Field(name="text", dtype=String, description="Its text, as written."),
                Field(name="source", dtype=String, description="The source that it was ingested from."),
                Field(name="characters", dtype=Int64, description="Number of characters in the text."),
                Field(name="words", dtype=Int64, description="Number of words."),
                Field(name="exclamations", dtype=Int64, description="Number of exclamation marks."),
                Field(name="questions", dtype=Int64, description="Number of question marks."),
                Field(name="capitals", dtype=Int64, description="Number of capital letters."),
            ],
            source=sources.reviews,
            online=False,
            description="A review's text and simple statistics of it.",
        ),
        review_label=FeatureView(
            name="review_label",
            entities=[review],
            ttl=OWN_DAY,
            schema=[
                Field(name="label", dtype=String, description="positive or negative."),
                Field(name="stars", dtype=Float64, description="1 to 5; null if the source has none."),
                Field(name="origin", dtype=String, description="Where the label comes from: stars or feedback."),
                Field(name="weight", dtype=Float64, description="How far it is trusted, 0 to 1."),
            ],
            source=sources.labels,
            online=False,
            description="A review's label, and where it comes from.",
        ),
        product_stats=FeatureView(
            name="product_stats",
            entities=[product],
            ttl=window,
            schema=[
                Field(name="reviews", dtype=Int64, description="Number of reviews in the window before the day."),
                Field(name="mean_stars", dtype=Float64, description="Their mean stars; null if none has stars."),
                Field(name="positive_share", dtype=Float64, description="The share of positive ones."),
            ],
            source=sources.product_stats,
            online=True,
            description="Statistics of a product's reviews in the window before a day.",
        ),
    )


def make_services(views: Views, *, definitions: str) -> list[FeatureService]:
    """Return the services of these views, tagged with the checksum of all definitions."""
    return [
        FeatureService(
            name=TRAINING_SERVICE,
            features=[views.review_text[["title", "text", "source"]], views.review_label, views.product_stats],
            description="A labelled review, and its product's statistics when it was written.",
            tags={"definitions": definitions},
        ),
        FeatureService(
            name=SERVING_SERVICE,
            features=[views.product_stats],
            description="What the inference function adds to a text: the newest statistics of its product.",
            tags={"definitions": definitions},
        ),
    ]
