"""The feature views: what is known of a review, who labelled it, and what was known of its product before it.

Labels stay apart from features: no service for serving can name one by accident.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from feast import FeatureView, Field
from feast.types import Float64, Int64, String

from feature_repo.entities import product, review

if TYPE_CHECKING:
    from feature_repo.sources import LakeSources

AT_ONCE = timedelta(days=1)
"""A review is asked for as of its own time, at which it holds: a day suffices, and files of other days are skipped."""


class Views(NamedTuple):
    """The feature views of one lake."""

    review_text: FeatureView
    review_label: FeatureView
    product_stats: FeatureView


def make_views(sources: LakeSources, window: timedelta) -> Views:
    """Return the views over these sources.

    Args:
        sources: Where the lake keeps what.
        window: How far the numbers of a product look back. They are valid for as long: a product without a newer row
            has had no review within it.
    """
    return Views(
        review_text=FeatureView(
            name="review_text",
            entities=[review],
            ttl=AT_ONCE,
            schema=[
                Field(name="title", dtype=String, description="The headline; empty where there is none."),
                Field(name="text", dtype=String, description="The body, as written."),
                Field(name="source", dtype=String, description="Where the review came from."),
                Field(name="characters", dtype=Int64, description="Characters of the text."),
                Field(name="words", dtype=Int64, description="Words of it."),
                Field(name="exclamations", dtype=Int64, description="Exclamation marks in it."),
                Field(name="questions", dtype=Int64, description="Question marks in it."),
                Field(name="capitals", dtype=Int64, description="Capital letters in it."),
            ],
            source=sources.reviews,
            online=False,
            description="A review's text and simple statistics of it.",
        ),
        review_label=FeatureView(
            name="review_label",
            entities=[review],
            ttl=AT_ONCE,
            schema=[
                Field(name="label", dtype=String, description="positive or negative."),
                Field(name="stars", dtype=Float64, description="1 to 5; null where the source has none."),
                Field(name="origin", dtype=String, description="Who said so: stars or feedback."),
                Field(name="weight", dtype=Float64, description="How far it is trusted, 0 to 1."),
            ],
            source=sources.labels,
            online=False,
            description="What a review is, and who said so.",
        ),
        product_stats=FeatureView(
            name="product_stats",
            entities=[product],
            ttl=window,
            schema=[
                Field(name="reviews", dtype=Int64, description="Reviews in the window before the day."),
                Field(name="mean_stars", dtype=Float64, description="Their mean stars; null where none has stars."),
                Field(name="positive_share", dtype=Float64, description="The share of them that praises."),
            ],
            source=sources.product_stats,
            online=True,
            description="A product's reviews over the window before a day, as of the start of that day.",
        ),
    )
