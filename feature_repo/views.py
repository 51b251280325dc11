"""The feature views: a review's text, its label, and the statistics of its product.

Labels have a view of their own, so that no service for serving includes one by accident.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from feast import FeatureView, Field
from feast.types import Float64, Int64, String

from feature_repo.entities import product, review

if TYPE_CHECKING:
    from feature_repo.sources import LakeSources

OWN_DAY = timedelta(days=1)
"""Time to live of a review. It is joined at its own time, so a day is enough; files of other days are skipped."""


class Views(NamedTuple):
    """The feature views of one lake."""

    review_text: FeatureView
    review_label: FeatureView
    product_stats: FeatureView


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
