"""The built-in reviews as examples, each with its product's statistics of the day before."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sentiment.reviews.example import Example, as_examples
from sentiment.reviews.product import ProductStats
from sentiment.reviews.sample import load_sample

if TYPE_CHECKING:
    from sentiment.reviews.review import Review

WINDOW = timedelta(days=90)


def examples_with_products() -> list[Example]:
    """Count, by the simplest code and replayed times, the product's reviews in the 90 days before the day."""
    reviews = load_sample(datetime(2026, 11, 23, tzinfo=UTC))
    of_product: dict[str, list[Review]] = defaultdict(list)
    for review in reviews:
        if review.product_id:
            of_product[review.product_id].append(review)
    return [
        replace(example, product=_stats(example.review, of_product[example.review.product_id or ""]))
        for example in as_examples(reviews)
    ]


def _stats(review: Review, others: list[Review]) -> ProductStats | None:
    assert review.time
    day = review.time.replace(hour=0, minute=0, second=0, microsecond=0)
    earlier = [other for other in others if other.time and day - WINDOW <= other.time < day]
    if not earlier:
        return None
    stars = [other.stars for other in earlier if other.stars is not None]
    return ProductStats(
        reviews=len(earlier),
        mean_stars=sum(stars) / len(stars) if stars else None,
        positive_share=sum(other.label == "positive" for other in earlier) / len(earlier),
    )
